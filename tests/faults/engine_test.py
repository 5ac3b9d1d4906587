"""What becomes of a job when its engine breaks, and of the server and the jobs behind it: they go on."""

import os
import signal
import sys
import time
import unittest

from fault_case import ALWAYS, ONCE, FaultCase
from kiln_server import run_tests

STALL_S = "4"  # long enough for a busy machine


class EngineFaultTest(FaultCase):
    def test_abort(self):
        self.assertIn("signal 6", self.check_fault("abort", "engine_crashed")["error"]["message"])

    def test_segfault(self):
        self.assertIn("signal 11", self.check_fault("segfault", "engine_crashed")["error"]["message"])

    def test_exit(self):
        self.check_fault("exit", "engine_crashed")

    def test_stop(self):
        self.check_fault("stop", "engine_stalled", "--engine-stall-s", STALL_S)

    def test_endless_pass(self):
        self.check_fault("endless", "engine_stalled", "--engine-stall-s", STALL_S)

    def test_garbage_on_the_pipe(self):
        self.check_fault("garbage", "engine_crashed")

    def test_device_fault(self):
        self.check_fault("device_fault", "device_fault")

    def test_device_memory(self):
        self.check_fault("device_memory", "out_of_device_memory")

    def test_exit_at_each_step(self):
        for step in ("render", "progress", "rendered", "encode", "encoded"):
            with self.subTest(step=step):
                self.check_fault("exit@" + step, "engine_crashed")
                self.server.end()

    def test_exit_after_the_last_message(self):
        server = self.serve("exit@finished")
        for seed in (ALWAYS, ONCE, 1):
            self.assertEqual(server.wait(self.struck(seed))["status"], "succeeded")

    def test_failed_allocation_fails_the_job_alone(self):
        server = self.serve("bad_alloc")
        failed, behind = self.struck(ALWAYS), server.submit()
        self.assertEqual(server.wait(failed)["error"]["code"], "out_of_memory")
        self.assertEqual(server.wait(behind)["status"], "succeeded")

    def test_hung_engine_does_not_hold_a_cancel(self):
        server = self.serve("endless", "--attempts", "1", "--engine-stall-s", "600")
        hung, behind = self.struck(ALWAYS), server.submit()
        server.wait(hung, until=["running"])
        self.assertEqual(server.json("POST", "/cancel/" + hung)[0], 200)
        self.assertEqual(server.wait(hung, timeout=20)["status"], "cancelled")
        self.assertEqual(server.wait(behind)["status"], "succeeded")

    def test_time_limit_is_enforced_on_a_hung_engine(self):
        server = self.serve("endless")
        hung = server.submit(seed=ALWAYS, width=96, height=96, samples_per_pixel=512, time_limit_s=0.5)
        behind = server.submit()
        self.assertEqual(server.wait(hung)["error"]["code"], "time_limit_exceeded")
        self.assertEqual(server.wait(behind)["status"], "succeeded")

    def test_recycled_for_its_memory(self):
        server = self.serve("eat_memory", "--engine-max-rss", "200MiB")
        first = None
        for _ in range(3):
            self.assertEqual(server.wait(self.struck(ALWAYS))["status"], "succeeded")
            first = first or server.engine_pid()
        self.assertEqual(server.wait(server.submit())["status"], "succeeded")
        self.assertNotEqual(server.engine_pid(), first)

    def test_recycled_for_its_jobs(self):
        server = self.serve("none", "--engine-max-jobs", "2")
        pids = set()
        for _ in range(6):
            job = server.wait(server.submit())
            self.assertEqual((job["status"], job["attempt"]), ("succeeded", 1), job)
            pids.add(server.engine_pid())
        self.assertGreaterEqual(len(pids), 3)

    def test_breaks_before_it_is_ready(self):
        for step in ("start", "hello"):
            with self.subTest(step=step):
                server = self.serve("exit@" + step)
                waiting = server.submit()
                status, answer = server.json("GET", "/readyz")
                self.assertEqual((status, answer["ready"]), (503, False), answer)
                self.assertEqual(server.job(waiting)["status"], "queued")
                self.assertEqual(server.stop(), 0)

    def test_readiness_tells_the_truth(self):
        server = self.serve("none")
        self.assertEqual(server.wait(server.submit())["status"], "succeeded")
        self.assertEqual(server.request("GET", "/readyz")[0], 200)
        os.kill(server.engine_pid(), signal.SIGSTOP)  # it cannot come back unseen
        os.kill(server.engine_pid(), signal.SIGKILL)
        seen, give_up = set(), time.monotonic() + 30
        while seen != {503, 200}:
            status = server.request("GET", "/readyz")[0]
            if status == 503 or 503 in seen:
                seen.add(status)
            self.assertLess(time.monotonic(), give_up, "the loss of the engine, or its return, was not told")
        self.assertEqual(server.wait(server.submit())["status"], "succeeded")

    def test_no_process_is_left(self):
        server = self.serve("none")
        self.assertEqual(server.wait(server.submit())["status"], "succeeded")
        engine = server.engine_pid()
        server.kill()
        give_up = time.monotonic() + 10
        while os.path.exists(f"/proc/{engine}") and not self.is_zombie(engine):
            self.assertLess(time.monotonic(), give_up, "the engine outlived its server")
            time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(run_tests())
