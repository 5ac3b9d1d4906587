"""The commands that talk to a server, each over a real socket."""

import http.server
import os
import re
import shutil
import ssl
import subprocess
import threading
import unittest
import zipfile

from client_case import ENDLESS, HANG_S, SMALL, TRIANGLE, ClientCase, run_tests

ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NOBODY = "00000000-0000-4000-8000-000000000000"


class SubmitTest(ClientCase):
    def test_prints_the_id_and_only_that(self):
        out, err = self.kiln("submit", "sample:cornell-box", *SMALL)
        self.assertRegex(out, f"\\A{ID.pattern}\n\\Z")
        self.assertEqual(err, "")
        self.assertEqual(self.server.wait(out.strip())["status"], "succeeded")

    def test_json_prints_the_job(self):
        job = self.kiln_json("submit", "sample:cornell-box", *SMALL, "--metadata", '{"shot": 7}')
        self.assertEqual(job["request"]["metadata"], {"shot": 7})
        self.assertEqual((job["request"]["width"], job["request"]["samples_per_pixel"]), (16, 4))

    def test_waits_and_writes_the_picture(self):
        out, err = self.kiln("submit", "sample:cornell-box", *SMALL, "--wait", "-o", "a.png")
        self.assertEqual(self.server.result(out.strip()), (self.folder / "a.png").read_bytes())
        self.assertIn(f"{out.strip()}: succeeded", err)
        self.assertEqual([file.name for file in self.folder.iterdir() if file.name != "data"], ["a.png"])

    def test_output_alone_waits_and_names_the_format(self):
        job = self.kiln_json("submit", "sample:cornell-box", *SMALL, "-q", "-o", "a.exr")
        self.assertEqual((job["status"], job["request"]["format"]), ("succeeded", "exr"))
        self.assertEqual((self.folder / "a.exr").read_bytes()[:4], b"\x76\x2f\x31\x01")

    def test_picture_on_stdout(self):
        with open(self.folder / "x", "wb") as picture:
            process = self.start("submit", "sample:cornell-box", *SMALL, "-q", "-o", "-", stdout=picture)
        _, err = process.communicate(timeout=HANG_S)
        self.assertEqual((process.returncode, err), (0, ""))
        self.assertEqual((self.folder / "x").read_bytes()[:4], b"\x89PNG")

    def test_uploads_a_file_once(self):
        self.server.stop()
        self.server = self.start_server(self.folder / "data", "--log-level", "debug")
        asset = self.kiln_json("submit", TRIANGLE, *SMALL, "--wait", "-q")["request"]["scene"]
        self.assertRegex(asset, r"^sha256:[0-9a-f]{64}$")
        again = self.kiln_json("submit", TRIANGLE, *SMALL, "--seed", "1")
        by_id = self.kiln_json("submit", asset, *SMALL, "--seed", "2")
        self.assertEqual((again["request"]["scene"], by_id["request"]["scene"]), (asset, asset))
        self.assertEqual(self.server.stop(), 0)  # the log is whole
        self.assertEqual(sum("POST /assets" in line for line in self.server.log), 1)

    def test_settings_reach_the_server(self):
        job = self.kiln_json("submit", "sample:cornell-box", *SMALL, "--orbit", "0", "1", "0", "30", "80", "3", "--fov", "40",
                             "--turn-deg", "15", "--environment", "1,0.5,0.25", "--background", "0.1,0.2,0.3", "--exposure",
                             "-1", "--tone-mapping", "agx", "--format", "webp", "--max-depth", "3", "--seed", "9",
                             "--time-limit-s", "60", "--time-budget-s", "50", "--keep-partial")
        request = job["request"]
        self.assertEqual(request["camera"]["orbit"]["theta_deg"], 30)
        self.assertEqual(request["camera"]["vertical_fov_deg"], 40)
        self.assertEqual(request["camera"]["turn_deg"], 15)
        self.assertEqual(request["environment"]["color"], [1, 0.5, 0.25])
        self.assertEqual(request["background"], [0.1, 0.2, 0.3])
        self.assertEqual((request["exposure_ev"], request["tone_mapping"], request["format"]), (-1, "agx", "webp"))
        self.assertEqual((request["max_depth"], request["seed"]), (3, 9))
        self.assertEqual((request["time_limit_s"], request["time_budget_s"], request["keep_partial"]), (60, 50, True))

    def test_same_key_gives_the_same_job(self):
        arguments = ["submit", "sample:cornell-box", *SMALL, "--idempotency-key", "shot-7"]
        self.assertEqual(self.kiln(*arguments), self.kiln(*arguments))
        refused = self.kiln_json(*arguments, "--seed", "3", status=1)
        self.assertEqual(refused["error"]["code"], "idempotency_key_reused")

    def test_same_picture_is_there_already_unless_told_otherwise(self):
        self.kiln_json("submit", "sample:cornell-box", *SMALL, "--wait", "-q")
        self.assertTrue(self.kiln_json("submit", "sample:cornell-box", *SMALL, "--wait", "-q")["cached"])
        self.assertFalse(self.kiln_json("submit", "sample:cornell-box", *SMALL, "--wait", "-q", "--no-cache")["cached"])

    def test_webhook_reaches_the_server(self):
        job = self.kiln_json("submit", "sample:cornell-box", *SMALL, "--webhook", "https://hooks.example/x",
                             "--webhook-events", "job.failed,job.succeeded")
        self.assertEqual(job["webhook"]["url"], "https://hooks.example/x")
        self.assertEqual(sorted(job["webhook"]["events"]), ["job.failed", "job.succeeded"])

    def test_what_the_server_refuses_is_status_1(self):
        _, err = self.kiln("submit", "sample:nothing", status=1)
        self.assertIn("nothing", err)
        (self.folder / "broken.glb").write_bytes(b"no scene")
        self.assertIn("broken.glb", self.kiln("submit", "broken.glb", status=1)[1])
        self.assertIn("/nowhere/a.glb", self.kiln("submit", "/nowhere/a.glb", status=1)[1])
        failed = self.kiln_json("submit", "sample:cornell-box", *SMALL, "--camera", "7", "--wait", "-q", status=1)
        self.assertEqual((failed["status"], failed["error"]["code"]), ("failed", "unknown_camera"))

    def test_wrong_usage_is_status_2(self):
        for arguments in (["--width", "0"], ["--server", "ftp://a"], ["--metadata", "[]"], ["--background", "pink"],
                          ["-o", "a.gif"], ["--json", "-o", "-"], ["--idempotency-key", "a\nb"], ["--webhook-events", "x"]):
            self.kiln("submit", "sample:cornell-box", *arguments, status=2)

    def test_output_that_cannot_be_is_found_before_the_job_is_sent(self):
        os.mkfifo(self.folder / "pipe.png")
        for output in ("missing/a.png", "pipe.png"):
            self.kiln("submit", "sample:cornell-box", *SMALL, "-o", output, status=1)
        self.assertTrue((self.folder / "pipe.png").is_fifo())
        self.assertEqual(self.server.jobs(), [])


class NoServerTest(ClientCase):
    def setUp(self):
        super().setUp()
        self.server.end()

    def test_is_status_4(self):
        for arguments in (["submit", "sample:cornell-box"], ["submit", "sample:cornell-box", "--wait"], ["status", NOBODY],
                          ["list"], ["watch", NOBODY], ["result", NOBODY], ["cancel", NOBODY], ["submit", TRIANGLE]):
            with self.subTest(arguments=arguments):
                self.assertIn(str(self.server.port), self.kiln(*arguments, status=4)[1])

    def test_error_as_json(self):
        self.assertEqual(self.kiln_json("status", NOBODY, status=4)["error"]["code"], "server_unreachable")


class JobCommandsTest(ClientCase):
    def test_status(self):
        job = self.kiln_json("submit", "sample:cornell-box", *SMALL, "--wait", "-q")
        out, _ = self.kiln("status", job["id"])
        for part in (job["id"], "succeeded", "100 %", "16x16, 4 samples per pixel, sample:cornell-box", "image/png"):
            self.assertIn(part, out)
        self.assertEqual(self.kiln_json("status", job["id"]), self.server.job(job["id"]))
        self.assertIn(NOBODY, self.kiln("status", NOBODY, status=1)[1])
        self.assertEqual(self.kiln_json("status", "../jobs", status=1)["error"]["code"], "unknown_job")

    def test_list(self):
        self.assertIn("no such jobs", self.kiln("list")[1])
        ids = [self.submit(*SMALL, "--seed", seed) for seed in range(5)]
        for job_id in ids:
            self.server.wait(job_id)
        out, err = self.kiln("list", "--limit", "3")
        lines = out.splitlines()
        self.assertTrue(lines[0].startswith("ID "), out)
        self.assertEqual([line.split()[0] for line in lines[1:]], ids[:1:-1])
        self.assertIn("--all", err)
        self.assertEqual([job["id"] for job in self.kiln_json("list", "--all")["jobs"]], ids[::-1])
        self.assertEqual(self.kiln_json("list", "--status", "queued,running"), {"jobs": [], "next": None})
        self.kiln("list", "--status", "sleeping", status=2)

    def test_result(self):
        job_id = self.submit(*SMALL)
        self.assertEqual(self.kiln("result", job_id, "--wait", "-q")[0], job_id + ".png\n")
        self.assertEqual((self.folder / (job_id + ".png")).read_bytes(), self.server.result(job_id))
        self.assertIn("is there already", self.kiln("result", job_id, status=1)[1])
        self.assertEqual(self.kiln_json("result", job_id, "-o", "b.png"), {"id": job_id, "file": "b.png"})
        self.kiln("result", job_id, "-o", "b.png")  # a file that was named is replaced

    def test_cancel_and_what_follows(self):
        running, waiting = self.submit(*ENDLESS), self.submit(*SMALL)
        self.server.wait(running, until=["running"])
        self.assertEqual(self.kiln_json("result", running, status=1)["error"]["code"], "job_not_finished")
        out, _ = self.kiln("cancel", waiting, running)
        self.assertEqual([line.split()[0] for line in out.splitlines()], [waiting, running])
        self.server.wait(running)
        self.assertEqual(self.kiln("watch", running, status=3)[0], "")
        self.kiln("result", running, status=3)
        both = self.kiln_json("cancel", running, NOBODY, status=1)
        self.assertEqual([answer["error"]["code"] for answer in both], ["job_finished", "unknown_job"])

    def test_watch(self):
        job_id = self.submit(*ENDLESS)
        watch = self.start("watch", job_id)
        self.assertIn(job_id, watch.stderr.readline())
        self.kiln("cancel", job_id)
        self.assertEqual(watch.wait(HANG_S), 3)
        self.assertIn("was cancelled", watch.stderr.read())
        done = self.submit(*SMALL)
        self.assertEqual(self.kiln_json("watch", done, "-q"), self.server.job(done))

    def test_deleted_job_ends_the_watch(self):
        """It is cancelled first."""
        running, waiting = self.submit(*ENDLESS), self.submit(*SMALL)
        watch = self.start("watch", waiting)
        self.assertIn("queued", watch.stderr.readline())
        self.server.request("DELETE", "/jobs/" + waiting)
        self.assertEqual(watch.wait(HANG_S), 3)
        self.kiln("cancel", running)


class BatchTest(ClientCase):
    def batch(self, **members):
        status, batch = self.server.json("POST", "/batch", {"scene": "sample:cornell-box", "width": 16, "height": 16,
                                                            "samples_per_pixel": 4, **members})
        self.assertEqual(status, 202, batch)
        return batch

    def test_every_command_takes_a_batch(self):
        batch = self.batch(turntable={"frames": 3})
        self.assertEqual(self.kiln("result", batch["id"], "--wait", "-o", "a.zip")[0], "a.zip\n")
        with zipfile.ZipFile(self.folder / "a.zip") as pictures:
            self.assertEqual(sorted(pictures.namelist()), ["0000.png", "0001.png", "0002.png", "batch.json"])
        self.assertIn("3 of 3 jobs done", self.kiln("status", batch["id"])[0])
        self.kiln("watch", batch["id"])
        listed = self.kiln_json("list", "--batch", batch["id"])["jobs"]
        self.assertEqual([job["id"] for job in listed], batch["jobs"])

    def test_archive_that_always_breaks_off_is_given_up(self):
        batch = self.batch(turntable={"frames": 2})
        self.server.wait(batch["id"])
        os.truncate(self.folder / "data" / "results" / batch["jobs"][1], 9)
        failed = self.kiln_json("result", batch["id"], "-o", "a.zip", "--timeout", "2", status=4)
        self.assertEqual(failed["error"]["code"], "server_unreachable")
        self.assertEqual([file.name for file in self.folder.iterdir() if file.name.startswith("a.zip")], [])

    def test_cancel(self):
        batch = self.batch(width=512, height=512, samples_per_pixel=65536, variations=[{"seed": 1}, {"seed": 2}])
        self.kiln("cancel", batch["id"])
        self.kiln("watch", batch["id"], status=3)


class EmptyServer(http.server.BaseHTTPRequestHandler):
    """Has no jobs, behind a proxy that puts /kiln before the routes."""

    def do_GET(self):
        body = b'{"jobs": [], "next": null}' if self.path.startswith("/kiln/jobs?") else b"{}"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class OtherServerTest(ClientCase):
    def test_is_not_taken_for_a_kiln_server(self):
        class Website(EmptyServer):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", "7")
                self.end_headers()
                self.wfile.write(b"<html/>")

        website = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Website)
        thread = threading.Thread(target=website.serve_forever)
        thread.start()
        self.addCleanup(website.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(website.shutdown)
        url = f"http://127.0.0.1:{website.server_port}"
        for arguments in (["status", NOBODY], ["watch", NOBODY], ["result", NOBODY, "-o", "a.png"], ["list"]):
            with self.subTest(arguments=arguments):
                refused = self.kiln_json(*arguments, "--server", url, "--timeout", "2", status=1)
                self.assertEqual(refused["error"]["code"], "not_a_kiln_server")
        self.assertFalse((self.folder / "a.png").exists())


@unittest.skipUnless(shutil.which("openssl"), "there is no openssl")
class TlsTest(ClientCase):
    def setUp(self):
        super().setUp()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "ca.pem",
                        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
                       cwd=self.folder, check=True, capture_output=True, timeout=HANG_S)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "ca.pem", self.folder / "key.pem")
        self.proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), EmptyServer)
        self.proxy.socket = context.wrap_socket(self.proxy.socket, server_side=True)
        thread = threading.Thread(target=self.proxy.serve_forever)
        thread.start()
        self.addCleanup(self.proxy.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(self.proxy.shutdown)
        self.proxy.handle_error = lambda *_: None  # a client that does not trust it hangs up

    def test_trusts_whom_it_is_told_to_trust(self):
        url = f"https://localhost:{self.proxy.server_port}/kiln/"
        self.assertEqual(self.kiln_json("list", "--server", url, "--ca-file", "ca.pem"), {"jobs": [], "next": None})
        self.assertIn("certificate", self.kiln("list", "--server", url, status=4)[1])
        other = f"https://127.0.0.1:{self.proxy.server_port}/kiln"  # not the name in the certificate
        self.kiln("list", "--server", other, "--ca-file", "ca.pem", status=4)


if __name__ == "__main__":
    raise SystemExit(run_tests())
