"""A render that was interrupted by SIGKILL, at any pass, gives the same bytes as one that was left alone."""

import random
import signal
import os
import sys
import tempfile
import time
import unittest

from kiln_server import Server, run_tests

BINARY = os.environ["KILN_BINARY"]
REQUESTS = int(os.environ.get("KILN_RESUME_REQUESTS", "6"))  # 20 show the promise; fewer keep a test run short


def random_request(dice):
    """Some tenths of a second of work, nothing of it the same twice."""
    return {"scene": dice.choice(["sample:cornell-box", "sample:spheres-in-studio", "sample:material-grid"]),
            "width": dice.randrange(60, 130), "height": dice.randrange(60, 130),
            "samples_per_pixel": dice.randrange(150, 260), "seed": dice.randrange(1 << 30),
            "max_depth": dice.randrange(2, 9), "format": dice.choice(["png", "exr", "webp"]),
            "background": dice.choice(["environment", "transparent"])}


class ResumeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="kiln-test-")
        self.addCleanup(folder.cleanup)
        self.server = Server(BINARY, folder.name, "--backend", "cpu", "--checkpoint-s", "0.05", "--attempts", "50").start()
        self.addCleanup(self.server.end)
        self.struck = 0

    def undisturbed(self, request):
        job = self.server.wait(self.server.submit(**request))
        self.assertEqual((job["status"], job["attempt"]), ("succeeded", 1), job)
        return job, self.server.result(job["id"])

    def interrupted(self, request, progress, kill):
        """The same request once more; `kill` strikes when that share of it is done."""
        job_id = self.server.submit(**request)
        while (job := self.server.job(job_id))["status"] in ("queued", "running") and job["progress"] < progress:
            time.sleep(0.002)
        kill()
        job = self.server.wait(job_id)
        self.assertEqual(job["status"], "succeeded", job)
        return job, self.server.result(job_id)

    def kill_server(self):
        self.server.kill()
        self.server.start()

    def kill_engine(self):
        if pid := self.server.engine_pid():
            os.kill(pid, signal.SIGKILL)

    def terminate_server(self):
        self.assertEqual(self.server.stop(), 0)
        self.server.start()

    def resumes(self, kill):
        """Strikes each request once, and counts those that went on from their checkpoints."""
        dice = random.Random(7)
        for _ in range(REQUESTS):
            request = random_request(dice)
            _, expected = self.undisturbed(request)
            job, picture = self.interrupted(request, dice.uniform(0.2, 0.9), kill)
            self.assertEqual(picture, expected, request)
            self.struck += job["attempt"] > 1
        time.sleep(0.1)  # the log's last lines
        resumed = sum("goes on from its checkpoint" in line for line in self.server.log)
        self.assertGreater(self.struck, REQUESTS // 2, "most of the jobs must have been struck")
        self.assertGreater(resumed, self.struck // 2, "most of them must have gone on where they were")

    def test_killed_server(self):
        self.resumes(self.kill_server)

    def test_killed_engine(self):
        self.resumes(self.kill_engine)

    def test_terminated_server(self):
        self.resumes(self.terminate_server)


if __name__ == "__main__":
    sys.exit(run_tests())
