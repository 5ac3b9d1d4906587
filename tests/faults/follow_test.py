"""Clients that wait for a job or listen to its events while the server or its engine ends under them."""

import http.client
import json
import os
import signal
import sys
import tempfile
import threading
import unittest

from kiln_server import HANG_S, Server, run_tests

BINARY = os.environ["KILN_BINARY"]
LONG = {"width": 128, "height": 128, "samples_per_pixel": 512}  # some seconds
FINAL = ("succeeded", "failed", "cancelled")


class Events:
    """An open event stream: iterates over (name, data) until it ends; last_id as a browser keeps it."""

    def __init__(self, server, path, last_id=""):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=HANG_S)
        self.connection.request("GET", path, headers={"Last-Event-ID": last_id} if last_id else {})
        self.response = self.connection.getresponse()
        assert self.response.status == 200, self.response.status
        self.last_id = last_id

    def __iter__(self):
        name = data = None
        while line := self.response.readline().decode():
            field, _, value = line.rstrip("\n").partition(": ")
            if field == "id":
                self.last_id = value
            elif field == "event":
                name = value
            elif field == "data":
                data = json.loads(value)
            elif line == "\n" and name:
                yield name, data
                name = data = None

    def until(self, wanted):
        """The events up to the first that `wanted` takes."""
        seen = []
        for name, data in self:
            seen.append((name, data))
            if wanted(name, data):
                return seen
        raise AssertionError(f"the stream ended: {[name for name, _ in seen]}")


class Waiting:
    """A request on a thread of its own, its answer or the error that it met."""

    def __init__(self, server, path):
        self.answer = self.error = None
        self.thread = threading.Thread(target=self._ask, args=(server, path))
        self.thread.start()

    def _ask(self, server, path):
        try:
            self.answer = server.request("GET", path)
        except (OSError, http.client.HTTPException) as error:
            self.error = error

    def join(self):
        self.thread.join(HANG_S)
        assert not self.thread.is_alive(), "the request was never answered"
        return self


def has_state(*states):
    return lambda name, data: name == "state" and data["status"] in states


class Follow(unittest.TestCase):
    def serve(self):
        folder = tempfile.TemporaryDirectory(prefix="kiln-follow-")
        self.addCleanup(folder.cleanup)
        self.server = Server(BINARY, folder.name, "--backend", "cpu", "--checkpoint-s", "0.2").start()
        self.addCleanup(self.server.end)
        return self.server

    def listen(self, path, last_id=""):
        events = Events(self.server, path, last_id)
        self.addCleanup(events.connection.close)
        self.addCleanup(events.response.close)
        return events

    def running_job(self):
        job_id = self.server.submit(**LONG)
        self.server.wait(job_id, until=("running",))
        return job_id

    def until_waiting(self, requests):
        gauge = f"\nkiln_http_waiting_requests {requests}\n"
        while gauge not in self.server.request("GET", "/metrics")[2].decode():
            pass

    def test_a_restart_in_good_order_ends_waits_and_streams_well_and_both_go_on(self):
        server = self.serve()
        job_id = self.running_job()
        events = self.listen(f"/events/{job_id}")
        events.until(lambda name, data: name == "progress")
        waiting = Waiting(server, f"/status/{job_id}?wait=600")
        self.until_waiting(1)
        self.assertEqual(server.stop(), 0)
        status, _, text = waiting.join().answer
        self.assertEqual(status, 200)
        self.assertNotIn(json.loads(text)["status"], FINAL)
        list(events)  # http.client complains of a body that is cut off
        server.start()
        again = self.listen(f"/events/{job_id}", events.last_id)
        name, data = next(iter(again))
        self.assertEqual((name, data["id"], data["attempt"]), ("state", job_id, 2))
        waiting = Waiting(server, f"/result/{job_id}?wait=600")
        self.assertEqual(again.until(has_state(*FINAL))[-1][1]["status"], "succeeded")
        self.assertEqual(list(again), [])
        self.assertEqual(waiting.join().answer[0], 200)

    def test_a_server_that_is_told_to_end_does_not_stay_for_as_long_as_a_client_would_have_waited(self):
        server = self.serve()
        waiting = Waiting(server, f"/status/{self.running_job()}?wait=600")
        self.until_waiting(1)
        self.assertEqual(server.stop(), 0)
        self.assertEqual(waiting.join().answer[0], 200)

    def test_a_killed_server_loses_no_job_that_is_waited_for(self):
        server = self.serve()
        job_id = self.running_job()
        waiting = Waiting(server, f"/result/{job_id}?wait=600")
        self.until_waiting(1)
        server.kill()
        self.assertIsNotNone(waiting.join().error)
        server.start()
        self.assertEqual(Waiting(server, f"/result/{job_id}?wait=600").join().answer[0], 200)

    def test_a_killed_engine_is_told_as_lost_and_as_resumed(self):
        server = self.serve()
        job_id = self.running_job()
        events = self.listen(f"/events/{job_id}")
        events.until(lambda name, data: name == "progress" and data["progress"] > 0)
        os.kill(server.engine_pid(), signal.SIGKILL)
        seen = [(name, data) for name, data in events if name in ("engine", "state")]
        told = [data.get("what") or data["status"] for _, data in seen]
        self.assertEqual(told, ["lost", "queued", "running", "resumed", "succeeded"])
        self.assertEqual([data for name, data in seen if name == "engine"],
                         [{"id": job_id, "what": "lost", "attempt": 1, "code": "engine_crashed"},
                          {"id": job_id, "what": "resumed", "attempt": 2, "code": None}])


if __name__ == "__main__":
    sys.exit(run_tests())
