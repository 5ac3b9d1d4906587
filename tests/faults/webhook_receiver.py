"""A receiver of webhooks under test: notes what it is told and answers as the test says."""

import base64
import hashlib
import hmac
import json
import socket
import ssl
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from kiln_server import HANG_S


class Receiver:
    """`answers` are given one after the other, the last one for ever: a status, (status, headers), "hang" or "reset"."""

    def __init__(self, *answers, tls=None):
        self.answers, self.requests, self.lock = list(answers) or [200], [], threading.Lock()
        self.ending = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver._answer(self, body)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.handle_error = lambda *_: None  # peers that leave, on purpose
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        self.port = self.http.server_port
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def url(self, host="127.0.0.1", scheme="http"):
        return f"{scheme}://{host}:{self.port}/hook"

    def _answer(self, handler, body):
        with self.lock:
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            self.requests.append((dict(handler.headers.items()), body))
        handler.close_connection = True
        if answer == "hang":
            self.ending.wait()
        elif answer == "reset":
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
        else:
            status, headers = answer if isinstance(answer, tuple) else (answer, {})
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", "0")
            handler.end_headers()

    def wait_for(self, number):
        """All requests, once there are so many."""
        give_up = time.monotonic() + HANG_S
        while len(self.requests) < number:
            assert time.monotonic() < give_up, f"{len(self.requests)} requests came, not {number}"
            time.sleep(0.01)
        return list(self.requests)

    def close(self):
        self.ending.set()
        self.http.shutdown()
        self.http.server_close()


def verified(request, secret, tolerance_s=300):
    """The payload of a request whose signature is good, as Standard Webhooks say. AssertionError when it is not."""
    headers, body = {name.lower(): value for name, value in request[0].items()}, request[1]
    assert abs(time.time() - int(headers["webhook-timestamp"])) < tolerance_s, headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert expected in headers["webhook-signature"].split(), headers
    assert headers["content-type"] == "application/json", headers
    return json.loads(body)


def id_of(request):
    return {name.lower(): value for name, value in request[0].items()}["webhook-id"]
