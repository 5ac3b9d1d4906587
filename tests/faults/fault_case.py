"""What the tests of a broken engine have in common."""

import os
import re
import tempfile
import threading
import time
import unittest

from kiln_server import Server

BINARY = os.environ["KILN_FAULTY_BINARY"]
ALWAYS, ONCE = 666, 667  # seeds that meet the fault, see faulty_kiln.cpp


class FaultCase(unittest.TestCase):
    backend = "cpu"

    def serve(self, fault, *flags):
        folder = tempfile.TemporaryDirectory(prefix="kiln-fault-")
        self.addCleanup(folder.cleanup)
        self.server = Server(BINARY, folder.name, "--backend", self.backend, *flags,
                             env={"KILN_FAULT": fault}).start()
        self.addCleanup(self.server.end)
        return self.server

    def is_zombie(self, pid):
        with open(f"/proc/{pid}/status") as status:
            return re.search(r"State:\s+Z", status.read()) is not None

    def struck(self, seed):
        """A job of many passes."""
        return self.server.submit(seed=seed, width=96, height=96, samples_per_pixel=512)

    def check_fault(self, fault, code, *flags):
        """Twice struck it fails with the code, once struck it succeeds; the jobs behind succeed, the server answers."""
        server = self.serve(fault, *flags)
        always, behind, once, last = self.struck(ALWAYS), server.submit(), self.struck(ONCE), server.submit()
        slowest = self.watch_while(lambda: server.wait(last))
        failed = server.wait(always)
        self.assertEqual((failed["status"], failed["error"] and failed["error"]["code"]), ("failed", code), failed)
        self.assertEqual(failed["attempt"], 2)
        saved = server.wait(once)
        self.assertEqual((saved["status"], saved["attempt"]), ("succeeded", 2), saved)
        for job_id in (behind, last):
            self.assertEqual(server.wait(job_id)["status"], "succeeded")
        self.assertLess(slowest, 1, "/healthz waited for the engine")
        self.assertEqual(server.request("GET", "/readyz")[0], 200)
        return failed

    def watch_while(self, work):
        """The longest time that /healthz took meanwhile."""
        done, slowest = threading.Event(), 0

        def run():
            try:
                work()
            finally:
                done.set()

        worker = threading.Thread(target=run)
        worker.start()
        while not done.is_set():
            began = time.monotonic()
            self.assertEqual(self.server.request("GET", "/healthz")[0], 200)
            slowest = max(slowest, time.monotonic() - began)
            done.wait(0.02)
        worker.join()
        return slowest
