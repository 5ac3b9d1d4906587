"""The webhook receiver: what a server sends is verified, what anybody else sends is refused."""

import base64
import re
import subprocess
import sys
import unittest
import urllib.error
import urllib.request

from example_case import EXAMPLES, ExampleCase, run_tests

PYTHON = EXAMPLES / "python"
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
sys.path.insert(0, str(PYTHON))
import webhook_receiver  # noqa: E402


class WebhookTest(ExampleCase):
    flags = ("--webhook-secret", SECRET, "--webhook-allow", "127.0.0.0/8")

    def setUp(self):
        super().setUp()
        self.receiver = subprocess.Popen([sys.executable, PYTHON / "webhook_receiver.py", "0"], stdout=subprocess.PIPE,
                                         text=True, env={**self.environment, "KILN_WEBHOOK_SECRET": SECRET})
        self.addCleanup(self.receiver.stdout.close)
        self.addCleanup(self.receiver.wait)
        self.addCleanup(self.receiver.kill)
        self.url = re.search(r"http://\S+", self.receiver.stdout.readline()).group()

    def test_hears_of_a_job(self):
        job_id = self.server.submit(webhook={"url": self.url, "events": ["job.succeeded"]})
        self.assertEqual(self.receiver.stdout.readline(), f"job.succeeded {job_id} succeeded\n")

    def test_refuses_what_is_not_signed(self):
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(self.url, b"{}", {"webhook-signature": "v1,AAAA"}))
        self.assertEqual(refused.exception.code, 401)
        refused.exception.close()


class SignatureTest(unittest.TestCase):
    def test_known_answer(self):
        """The example of the Standard Webhooks specification's libraries."""
        secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        body = b'{"test": 2432232314}'
        headers = {"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
                   "webhook-signature": "v1,other v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}
        self.assertTrue(webhook_receiver.is_genuine(secret, headers, body, 1614265330))
        self.assertFalse(webhook_receiver.is_genuine(secret, headers, body + b" ", 1614265330))
        self.assertFalse(webhook_receiver.is_genuine(secret, headers, body, 1614265330 + 301), "an old one, sent again")
        self.assertFalse(webhook_receiver.is_genuine(secret, {}, body, 1614265330))


if __name__ == "__main__":
    raise SystemExit(run_tests())
