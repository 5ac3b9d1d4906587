"""Webhooks: who they reach, who they must not, and what becomes of them when a receiver or the server fails."""

import os
import random
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from kiln_server import HANG_S, Server, run_tests, small_request
from webhook_receiver import Receiver, id_of, verified

BINARY = os.environ["KILN_BINARY"]
LOOPBACK = ("--webhook-allow", "127.0.0.0/8")
QUICK = ("--webhook-retry-s", "0.05")


class WebhookCase(unittest.TestCase):
    def serve(self, *flags):
        folder = tempfile.TemporaryDirectory(prefix="kiln-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.server = Server(BINARY, folder.name, "--backend", "cpu", *flags).start()
        self.addCleanup(self.server.end)
        return self.server

    def receive(self, *answers, **options):
        receiver = Receiver(*answers, **options)
        self.addCleanup(receiver.close)
        return receiver

    def secret(self):
        return (self.folder / "webhook-secret").read_text().strip()

    def submit(self, url, *events, **request):
        """The id of a job whose end (or what is asked for) is told; each renders another picture."""
        self.seed = getattr(self, "seed", 0) + 1
        request.setdefault("seed", self.seed)
        return self.server.submit(webhook={"url": url, **({"events": events} if events else {})}, **request)

    def deliveries(self, query=""):
        status, answer = self.server.json("GET", "/webhooks" + query)
        self.assertEqual(status, 200, answer)
        return answer["deliveries"]

    def wait_for_delivery(self, job_id, met):
        give_up = time.monotonic() + HANG_S
        while True:
            found = self.deliveries("?job=" + job_id)
            if found and met(found[0]):
                return found[0]
            self.assertLess(time.monotonic(), give_up, found)
            time.sleep(0.01)


class DeliveryTest(WebhookCase):
    def test_an_end_is_told_once_and_signed(self):
        self.serve(*LOOPBACK)
        receiver = self.receive(200)
        job_id = self.submit(receiver.url())
        payload = verified(receiver.wait_for(1)[0], self.secret())
        self.assertEqual(payload["type"], "job.succeeded")
        job = self.server.job(job_id)
        self.assertEqual(payload["timestamp"], job["finished_at"])
        self.assertEqual(payload["data"], job)
        self.assertEqual(job["webhook"]["url"], receiver.url())
        delivery = self.wait_for_delivery(job_id, lambda d: d["status"] == "delivered")
        self.assertEqual((delivery["attempts"], delivery["last_status"], delivery["last_error"]), (1, 200, None))
        self.assertEqual(delivery["id"], id_of(receiver.requests[0]))
        self.assertEqual(len(receiver.requests), 1)

    def test_the_secret_is_for_the_owner_alone_and_stays(self):
        self.serve(*LOOPBACK)
        first = self.secret()
        self.assertEqual(stat.S_IMODE((self.folder / "webhook-secret").stat().st_mode), 0o600)
        self.server.stop()
        self.server.start()
        self.assertEqual(self.secret(), first)

    def test_a_secret_of_ones_own_and_the_one_before(self):
        new, old = ("whsec_" + letter * 32 for letter in "NO")
        self.serve(*LOOPBACK, "--webhook-secret", f"{new},{old}")
        receiver = self.receive(200)
        self.submit(receiver.url())
        for secret in (new, old):
            verified(receiver.wait_for(1)[0], secret)
        self.assertFalse((self.folder / "webhook-secret").exists())

    def test_events_that_are_asked_for(self):
        self.serve(*LOOPBACK)
        receiver = self.receive(200)
        job_id = self.submit(receiver.url(), "job.started", "job.cancelled", width=256, height=256,
                             samples_per_pixel=65536)
        self.assertEqual(verified(receiver.wait_for(1)[0], self.secret())["data"]["status"], "running")
        self.server.request("POST", "/cancel/" + job_id)
        told = verified(receiver.wait_for(2)[1], self.secret())
        self.assertEqual((told["type"], told["data"]["status"]), ("job.cancelled", "cancelled"))

    def test_all_jobs_are_told_of_to_the_operators_receiver(self):
        receiver = self.receive(200)
        self.serve(*LOOPBACK, "--webhook-url", receiver.url(), "--webhook-events", "job.succeeded")
        own = self.receive(200)
        ids = {self.server.submit(), self.submit(own.url())}
        told = [verified(request, self.secret()) for request in receiver.wait_for(2)]
        self.assertEqual({payload["data"]["id"] for payload in told}, ids)
        own.wait_for(1)
        self.assertEqual(len({id_of(r) for r in receiver.requests + own.requests}), 3)

    def test_a_batch_is_told_of_when_its_last_job_ended(self):
        self.serve(*LOOPBACK)
        receiver = self.receive(200)
        batch = {**small_request(), "variations": [{"seed": 1}, {"seed": 2}],
                 "webhook": {"url": receiver.url(), "events": ["batch.finished"]}}
        status, answer = self.server.json("POST", "/batch", batch)
        self.assertEqual(status, 202, answer)
        payload = verified(receiver.wait_for(1)[0], self.secret())
        self.assertEqual((payload["type"], payload["data"]["id"]), ("batch.finished", answer["id"]))
        self.assertEqual(payload["data"]["status"], "succeeded")

    def test_delivered_again_when_asked(self):
        self.serve(*LOOPBACK)
        receiver = self.receive(200)
        job_id = self.submit(receiver.url())
        delivery = self.wait_for_delivery(job_id, lambda d: d["status"] == "delivered")
        status, again = self.server.json("POST", f"/webhooks/{delivery['id']}/redeliver")
        self.assertEqual((status, again["status"], again["id"]), (202, "pending", delivery["id"]))
        first, second = receiver.wait_for(2)
        self.assertEqual((id_of(first), first[1]), (id_of(second), second[1]))
        self.wait_for_delivery(job_id, lambda d: d["status"] == "delivered" and d["attempts"] == 2)
        status, problem = self.server.json("POST", "/webhooks/msg_none/redeliver")
        self.assertEqual((status, problem["code"]), (404, "unknown_delivery"))

    def test_deliveries_are_listed_in_pages(self):
        self.serve(*LOOPBACK)
        good, bad = self.receive(200), self.receive(410)
        ids = [self.submit(good.url()), self.submit(bad.url()), self.submit(good.url())]
        self.wait_for_delivery(ids[1], lambda d: d["status"] == "failed" and d["last_status"] == 410)
        self.wait_for_delivery(ids[2], lambda d: d["status"] == "delivered")
        self.assertEqual([d["subject"] for d in self.deliveries()], ids[::-1])
        self.assertEqual([d["subject"] for d in self.deliveries("?status=failed")], [ids[1]])
        self.assertEqual(self.deliveries("?status=pending"), [])
        status, page = self.server.json("GET", "/webhooks?limit=2")
        self.assertEqual((status, len(page["deliveries"])), (200, 2))
        status, rest = self.server.json("GET", "/webhooks?limit=2&cursor=" + page["next"])
        self.assertEqual(([d["subject"] for d in rest["deliveries"]], rest["next"]), ([ids[0]], None))
        for query in ("?status=lost", "?limit=0", "?cursor=x", "?colour=red"):
            self.assertEqual(self.server.json("GET", "/webhooks" + query)[0], 422, query)


class BrokenReceiverTest(WebhookCase):
    def test_one_that_hangs_holds_neither_jobs_nor_other_receivers(self):
        self.serve(*LOOPBACK)
        hanging, good = self.receive("hang"), self.receive(200)
        waiting = [self.submit(hanging.url()) for _ in range(5)]
        told = self.submit(good.url())
        good.wait_for(1)
        self.assertEqual(self.server.wait(told)["status"], "succeeded")
        for job_id in waiting:
            self.assertEqual(self.server.wait(job_id)["status"], "succeeded")
        self.assertLessEqual(len(hanging.requests), 2)
        self.assertEqual(len(self.deliveries("?status=pending")), 5)
        began = time.monotonic()
        self.assertEqual(self.server.stop(), 0)
        self.assertLess(time.monotonic() - began, 15, "the shutdown waited for the receiver")

    def test_one_that_resets_is_tried_again(self):
        self.serve(*LOOPBACK, *QUICK)
        receiver = self.receive("reset", "reset", 204)
        job_id = self.submit(receiver.url())
        requests = receiver.wait_for(3)
        self.assertEqual(len({id_of(request) for request in requests}), 1)
        self.assertEqual(len({request[1] for request in requests}), 1)
        for request in requests:
            verified(request, self.secret())
        self.wait_for_delivery(job_id, lambda d: d["status"] == "delivered" and d["attempts"] == 3)

    def test_one_that_fails_for_ever_waits_and_says_why(self):
        self.serve(*LOOPBACK, *QUICK)
        receiver = self.receive(500)
        job_id = self.submit(receiver.url())
        receiver.wait_for(4)
        delivery = self.wait_for_delivery(job_id, lambda d: d["attempts"] >= 4)
        self.assertEqual((delivery["status"], delivery["last_status"]), ("pending", 500))
        self.assertEqual(delivery["last_error"], "the receiver answered 500")
        self.assertEqual(self.server.job(job_id)["status"], "succeeded")

    def test_one_that_asks_for_time_gets_it(self):
        self.serve(*LOOPBACK, *QUICK)
        receiver = self.receive((503, {"Retry-After": "3600"}))
        job_id = self.submit(receiver.url())
        delivery = self.wait_for_delivery(job_id, lambda d: d["attempts"] == 1)
        self.assertGreater(delivery["next_at"], delivery["created_at"])
        time.sleep(0.3)  # long enough for another attempt, were it not for the answer
        self.assertEqual(len(receiver.requests), 1)


class AddressTest(WebhookCase):
    def refusal(self, url, **webhook):
        return self.server.json("POST", "/render", {**small_request(), "webhook": {"url": url, **webhook}})

    def test_private_addresses_and_what_is_no_url_are_refused_at_once(self):
        self.serve()
        for url in ("http://127.0.0.1:80/", "http://10.0.0.1/", "http://192.168.1.1/", "http://169.254.169.254/",
                    "http://[::1]/", "http://[fd00::1]/", "http://0/", "http://2130706433/"):
            status, problem = self.refusal(url)
            self.assertEqual((status, problem["code"], problem["pointer"]),
                             (422, "webhook_not_allowed", "/webhook/url"), url)
        for url in ("ftp://example.org/", "example.org", "http://", "http://user:password@example.org/", "nonsense"):
            status, problem = self.refusal(url)
            self.assertEqual((status, problem["code"], problem["pointer"]),
                             (422, "invalid_request", "/webhook/url"), url)
        status, problem = self.refusal("https://example.org/", events=["job.done"])
        self.assertEqual((status, problem["code"]), (422, "invalid_request"))
        self.assertTrue(problem["pointer"].startswith("/webhook/events"), problem)
        self.assertEqual(self.server.jobs(), [])

    def test_a_name_that_stands_for_a_private_address_is_not_called(self):
        self.serve(*QUICK)
        receiver = self.receive(200)
        job_id = self.submit(receiver.url("localhost"))
        delivery = self.wait_for_delivery(job_id, lambda d: d["attempts"] >= 2)
        self.assertEqual((delivery["status"], delivery["last_status"]), ("pending", None))
        self.assertRegex(delivery["last_error"], r"^(127\.0\.0\.1|::1) is an address that this server does not call")
        self.assertEqual(receiver.requests, [])

    def test_it_is_called_when_the_network_is_named(self):
        self.serve(*LOOPBACK)
        receiver = self.receive(200)
        self.submit(receiver.url("localhost"))
        verified(receiver.wait_for(1)[0], self.secret())

    def test_redirects_are_not_followed(self):
        self.serve(*LOOPBACK, *QUICK)
        inside = self.receive(200)
        for status in (301, 302, 307, 308):
            receiver = self.receive((status, {"Location": inside.url()}))
            job_id = self.submit(receiver.url())
            delivery = self.wait_for_delivery(job_id, lambda d: d["attempts"] >= 1)
            self.assertEqual((delivery["status"], delivery["last_status"]), ("pending", status))
        self.assertEqual(inside.requests, [])

    def test_no_proxy_of_the_environment_is_used(self):
        proxy, receiver = self.receive(200), self.receive(200)
        folder = tempfile.TemporaryDirectory(prefix="kiln-test-")
        self.addCleanup(folder.cleanup)
        self.server = Server(BINARY, folder.name, "--backend", "cpu", *LOOPBACK,
                             env={"http_proxy": proxy.url(), "ALL_PROXY": proxy.url()}).start()
        self.addCleanup(self.server.end)
        self.submit(receiver.url())
        receiver.wait_for(1)
        self.assertEqual(proxy.requests, [])


class RestartTest(WebhookCase):
    def check_goes_on(self, end_server):
        self.serve(*LOOPBACK, *QUICK)
        receiver = self.receive(500)
        job_id = self.submit(receiver.url())
        receiver.wait_for(2)
        self.wait_for_delivery(job_id, lambda d: d["attempts"] >= 2)  # its outcome is known, and so counts
        end_server()
        before = len(receiver.requests)
        receiver.answers = [200]
        self.server.start()
        requests = receiver.wait_for(before + 1)
        self.assertEqual(len({id_of(request) for request in requests}), 1)
        self.assertEqual(len({request[1] for request in requests}), 1)
        verified(requests[-1], self.secret())
        delivery = self.wait_for_delivery(job_id, lambda d: d["status"] == "delivered")
        self.assertGreaterEqual(delivery["attempts"], 3)

    def test_retries_go_on_after_a_shutdown(self):
        self.check_goes_on(lambda: self.server.stop())

    def test_retries_go_on_after_a_kill(self):
        self.check_goes_on(lambda: self.server.kill())

    def test_no_end_is_lost_and_none_has_two_ids_however_often_the_server_is_killed(self):
        self.serve(*LOOPBACK, *QUICK)
        receiver, dice, ids = self.receive(200), random.Random(3), []
        for _ in range(6):
            ids += [self.submit(receiver.url()) for _ in range(5)]
            time.sleep(dice.uniform(0, 0.3))
            self.server.kill()
            self.server.start()
        for job_id in ids:
            self.assertEqual(self.server.wait(job_id)["status"], "succeeded")
            self.wait_for_delivery(job_id, lambda d: d["status"] == "delivered")
        told = {}
        for request in receiver.requests:
            told.setdefault(verified(request, self.secret())["data"]["id"], set()).add(id_of(request))
        self.assertEqual(sorted(told), sorted(ids))
        self.assertEqual({len(names) for names in told.values()}, {1})


@unittest.skipUnless(shutil.which("openssl"), "there is no openssl command")
class TlsTest(WebhookCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="kiln-test-")
        self.addCleanup(folder.cleanup)
        self.keys = Path(folder.name)
        self.openssl("req", "-x509", "-subj", "/CN=Test authority", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem",
                     "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")

    def openssl(self, *arguments):
        key = ["-newkey", "rsa:2048", "-nodes"] if "-keyout" in arguments else []
        subprocess.run(["openssl", *arguments[:1], *key, *arguments[1:]], cwd=self.keys, check=True, capture_output=True)

    def certificate(self, name):
        """(certificate, key) of a server, signed by the authority."""
        (self.keys / "extensions").write_text(f"subjectAltName={name}\n")
        self.openssl("req", "-subj", "/CN=server", "-keyout", "server.key", "-out", "server.csr")
        self.openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                     "-days", "2", "-extfile", "extensions", "-out", "server.pem")
        return self.keys / "server.pem", self.keys / "server.key"

    def refused(self, receiver, host="127.0.0.1"):
        job_id = self.submit(receiver.url(host, "https"))
        delivery = self.wait_for_delivery(job_id, lambda d: d["attempts"] >= 1)
        self.assertEqual((delivery["status"], delivery["last_status"]), ("pending", None))
        self.assertEqual(receiver.requests, [])
        return delivery["last_error"]

    def test_an_authority_of_ones_own_is_trusted_when_it_is_named(self):
        receiver = self.receive(200, tls=self.certificate("IP:127.0.0.1,DNS:localhost"))
        self.serve(*LOOPBACK, "--webhook-ca", str(self.keys / "ca.pem"))
        for host in ("127.0.0.1", "localhost"):
            self.submit(receiver.url(host, "https"))
        for request in receiver.wait_for(2):
            verified(request, self.secret())

    def test_an_unknown_authority_is_refused(self):
        receiver = self.receive(200, tls=self.certificate("IP:127.0.0.1"))
        self.serve(*LOOPBACK)
        self.assertIn("certificate", self.refused(receiver).lower())

    def test_a_certificate_for_another_host_is_refused(self):
        receiver = self.receive(200, tls=self.certificate("DNS:example.org"))
        self.serve(*LOOPBACK, "--webhook-ca", str(self.keys / "ca.pem"))
        self.assertRegex(self.refused(receiver), "(?i)name|certificate")


class FlagTest(unittest.TestCase):
    def test_what_cannot_be_is_refused_at_the_start(self):
        for flags in (["--webhook-secret", "whsec_short"], ["--webhook-allow", "localhost"],
                      ["--webhook-url", "http://127.0.0.1/"], ["--webhook-url", "nonsense"],
                      ["--webhook-url", "https://example.org/", "--webhook-events", "job.done"],
                      ["--webhook-ca", "/nonexistent.pem"]):
            ended = subprocess.run([BINARY, "serve", "--port", "0", "--data", ":memory:", "--backend", "cpu", *flags],
                                   capture_output=True, text=True, timeout=HANG_S)
            self.assertNotEqual(ended.returncode, 0, flags)
            self.assertIn(flags[0], ended.stderr)


if __name__ == "__main__":
    sys.exit(run_tests())
