"""A Kiln server under test: started on a free port, killed and started again on the same data."""

import http.client
import json
import os
import re
import signal
import subprocess
import threading
import time
import unittest
from pathlib import Path

HANG_S = 120  # no wait takes longer unless something is broken; busy machines and sanitizers included


class Server:
    """One data folder and, at times, a process that serves it."""

    def __init__(self, binary, data, *flags, env=None):
        self.binary, self.data, self.flags = str(binary), str(data), list(flags)
        self.env = {**os.environ, **(env or {})}
        self.process, self.port, self.log = None, None, []  # log: of all its processes so far

    def start(self, port=0):
        """Waits until it listens, on any free port unless told. AssertionError with its log when it ends instead."""
        command = [self.binary, "serve", "--port", str(port), "--data", self.data, *self.flags]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                        env=self.env, text=True, errors="replace")
        self.port, listening = None, threading.Event()
        self.reader = threading.Thread(target=self._read_log, args=(self.process, listening), daemon=True)
        self.reader.start()
        assert listening.wait(HANG_S) and self.port, "the server did not start:\n" + "".join(self.log[-20:])
        return self

    def _read_log(self, process, listening):
        log = self.log
        for line in process.stderr:
            log.append(line)
            if found := re.search(r"listens on http://[^ ]*:(\d+)", line):
                self.port = int(found.group(1))
                listening.set()
        process.stderr.close()
        listening.set()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(HANG_S)

    def stop(self):
        """SIGTERM; the exit status. The log is whole then."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(HANG_S)
        self.reader.join(HANG_S)
        return status

    def end(self):
        """Whatever state it is in: gone afterwards."""
        if self.process and self.process.poll() is None:
            self.kill()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def engine_pid(self):
        """The engine's process; None while there is none."""
        pid = self.process.pid
        try:
            tasks = list(Path(f"/proc/{pid}/task").iterdir())
            children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
        except OSError:
            return None
        for child in children:
            try:
                if "\0engine\0" in Path(f"/proc/{child}/cmdline").read_text():
                    return child
            except OSError:
                pass
        return None

    def request(self, method, path, body=None, headers=None, timeout=HANG_S):
        """(status, headers, bytes); OSError or HTTPException when the server is gone."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            if isinstance(body, dict):
                body, headers = json.dumps(body), {"Content-Type": "application/json", **(headers or {})}
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def json(self, method, path, body=None):
        status, _, text = self.request(method, path, body)
        return status, json.loads(text)

    def submit(self, **request):
        """The id of an accepted job."""
        status, answer = self.json("POST", "/render", small_request(**request))
        assert status == 202, (status, answer)
        return answer["id"]

    def job(self, job_id):
        status, answer = self.json("GET", "/status/" + job_id)
        assert status == 200, (status, answer)
        return answer

    def wait(self, job_id, until=("succeeded", "failed", "cancelled"), timeout=HANG_S):
        """The job, once it is in one of these states."""
        give_up = time.monotonic() + timeout
        while (job := self.job(job_id))["status"] not in until:
            assert time.monotonic() < give_up, f"still {job['status']}:\n" + "".join(self.log[-20:])
            time.sleep(0.01)
        return job

    def result(self, job_id):
        status, _, picture = self.request("GET", "/result/" + job_id)
        assert status == 200, (status, picture[:300])
        return picture

    def jobs(self):
        """All jobs, in the order of their acceptance."""
        found, cursor = [], ""
        while cursor is not None:
            status, page = self.json("GET", f"/jobs?limit=200&cursor={cursor}" if cursor else "/jobs?limit=200")
            assert status == 200, page
            found += page["jobs"]
            cursor = page.get("next")
        return found


def run_tests():
    """The exit status of a test program: 77, which ctest shows as skipped, when no test could be run here."""
    result = unittest.main(module="__main__", exit=False, verbosity=2).result
    if not result.wasSuccessful():
        return 1
    all_skipped = len(result.skipped) >= max(result.testsRun, 1)
    return 77 if all_skipped else 0


def small_request(**request):
    """A render of some milliseconds, each time anew."""
    return {"scene": "sample:cornell-box", "width": 16, "height": 16, "samples_per_pixel": 4, "cache": False, **request}
