#!/usr/bin/env python3
"""Receives webhooks of a Kiln server and verifies that they are its own (standardwebhooks.com).

usage: KILN_WEBHOOK_SECRET=whsec_... webhook_receiver.py [PORT]      prints one line for each event; 0 takes any free port

The secret is what `kiln serve --webhook-secret` was given. A server only calls addresses outside private networks, unless
`--webhook-allow` names them: `kiln serve --webhook-allow 127.0.0.0/8` for this one.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE_S = 300
MAX_BYTES = 1 << 20


def is_genuine(secret, headers, body, now):
    """Whether one of the signatures is ours, over id, timestamp and body, and the timestamp is not far off: an old
    message that somebody sends again is refused."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(now - int(timestamp)) > TOLERANCE_S:
        return False
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(digest)
    signatures = headers.get("webhook-signature", "").encode().split()
    return any(hmac.compare_digest(signature, expected) for signature in signatures)


class Receiver(BaseHTTPRequestHandler):
    secret = ""
    seen = set()  # a delivery may come twice: its id tells

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MAX_BYTES:
            return self.answer(413)
        body = self.rfile.read(int(length))
        if not is_genuine(self.secret, self.headers, body, time.time()):
            return self.answer(401)
        if self.headers["webhook-id"] not in self.seen:
            self.seen.add(self.headers["webhook-id"])
            event = json.loads(body)
            print(event["type"], event["data"]["id"], event["data"]["status"], flush=True)
        return self.answer(204)  # any 2xx: it has arrived. Do what takes long afterwards

    def answer(self, status):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        pass


def main():
    Receiver.secret = os.environ["KILN_WEBHOOK_SECRET"]
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8000), Receiver)
    print(f"listens on http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
