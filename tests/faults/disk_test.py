"""A disk that is full or broken: new work is refused, what is there stays reachable, nothing accepted is lost."""

import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from kiln_server import HANG_S, Server, run_tests

BINARY = os.environ["KILN_BINARY"]
DISK_MIB = 24


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


class DiskTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="kiln-disk-")
        self.addCleanup(folder.cleanup)
        self.image, self.mount_point = Path(folder.name) / "disk", Path(folder.name) / "mnt"
        self.mount_point.mkdir()
        try:
            with self.image.open("wb") as file:
                file.truncate(DISK_MIB << 20)
            run("mkfs.ext4", "-q", "-m", "0", str(self.image))
            self.mount()
        except (OSError, subprocess.CalledProcessError) as e:
            self.skipTest(f"no file system can be mounted from a file here: {e}")
        self.addCleanup(lambda: run("umount", str(self.mount_point)))
        self.server = Server(BINARY, self.mount_point / "data", "--backend", "cpu", "--checkpoint-s", "0.1").start()
        self.addCleanup(self.server.end)

    def mount(self):
        run("mount", "-o", "loop,errors=remount-ro", str(self.image), str(self.mount_point))

    def fill(self, left):
        """Takes all of the disk but `left` bytes."""
        state = os.statvfs(self.mount_point)
        with (self.mount_point / "ballast").open("wb") as ballast:
            try:
                os.posix_fallocate(ballast.fileno(), 0, max(4096, state.f_bavail * state.f_bsize - left))
            except OSError:  # the file system's own bookkeeping took a part: to the last block, then
                while True:
                    try:
                        os.write(ballast.fileno(), bytes(4096))
                    except OSError:
                        break

    def make_room(self):
        (self.mount_point / "ballast").unlink()

    def check_reads(self, job_id, picture):
        self.assertEqual(self.server.request("GET", "/healthz")[0], 200)
        self.assertEqual(self.server.job(job_id)["status"], "succeeded")
        self.assertEqual(self.server.result(job_id), picture)

    def submit_on_full_disk(self, **request):
        """What became of one submission: "refused", or the state in which the job ended."""
        status, answer = self.server.json("POST", "/render", {"scene": "sample:cornell-box", "width": 256, "height": 256,
                                                             "samples_per_pixel": 4, "format": "exr", "cache": False, **request})
        if status == 202:
            job = self.server.wait(answer["id"])
            if job["status"] == "failed":
                self.assertEqual(job["error"]["code"], "storage_full", job)
            return job["status"]
        self.assertEqual((status, answer["code"]), (507, "storage_full"), answer)
        return "refused"

    def upload_on_full_disk(self, number):
        """A scene that no one knows yet: the status that answers it."""
        scene = (Path(__file__).parent / "triangle.gltf").read_bytes() + b" " * (400_000 + number)
        status, _, answer = self.server.request("POST", "/assets", scene, {"Content-Type": "model/gltf+json"})
        self.assertIn(status, (201, 507), answer)
        return status

    def test_full_at_each_write(self):
        kept = self.server.wait(self.server.submit())["id"]
        picture = self.server.result(kept)
        seen = set()
        for left in (0, 8 << 10, 32 << 10, 96 << 10, 256 << 10, 700 << 10, 2 << 20, 5 << 20):
            self.fill(left)
            seen.add(self.submit_on_full_disk(seed=left))
            seen.add(self.upload_on_full_disk(left >> 10))
            self.check_reads(kept, picture)
            self.make_room()
            job = self.server.wait(self.server.submit(seed=left + 1))
            self.assertEqual(job["status"], "succeeded", (left, job))
        self.assertEqual(seen, {"refused", "failed", "succeeded", 201, 507}, "each way must have been taken")
        self.assertEqual(os.listdir(self.mount_point / "data/staging"), [])

    def test_full_at_checkpoints(self):
        job_id = self.server.submit(width=128, height=128, samples_per_pixel=4096)
        self.server.wait(job_id, until=["running"])
        self.fill(0)
        give_up = time.monotonic() + HANG_S
        while not any("checkpoint" in line and "not written" in line for line in self.server.log):
            self.assertLess(time.monotonic(), give_up, "no checkpoint was tried")
            time.sleep(0.01)
        self.assertEqual(self.server.job(job_id)["status"], "running")
        self.make_room()
        self.assertEqual(self.server.wait(job_id)["status"], "succeeded")

    def test_room_is_made_on_a_full_disk(self):
        jobs = [self.server.wait(self.server.submit(width=512, height=512, format="exr", seed=n))["id"] for n in range(3)]
        self.fill(0)
        for job_id in jobs:
            self.assertEqual(self.server.request("DELETE", "/jobs/" + job_id)[0], 204)
        self.assertEqual(self.server.wait(self.server.submit())["status"], "succeeded")

    def test_full_for_good_and_killed(self):
        job_id = self.server.wait(self.server.submit())["id"]
        picture = self.server.result(job_id)
        self.fill(0)
        self.server.kill()
        try:
            self.server.start()
            self.check_reads(job_id, picture)
        except AssertionError:
            self.assertEqual(self.server.process.wait(), 1)
            self.assertIn("No space left", self.server.log[-1], "it may refuse to start, but says why")
        self.make_room()
        self.server.end()
        self.server.start()
        self.check_reads(job_id, picture)
        self.assertEqual(self.server.wait(self.server.submit())["status"], "succeeded")

    def test_file_system_that_turns_read_only(self):
        trigger = Path(f"/sys/fs/ext4/{Path(run('findmnt', '-no', 'SOURCE', str(self.mount_point)).strip()).name}/trigger_fs_error")
        if not trigger.exists():
            self.skipTest("this kernel cannot be asked for a file system error")
        job_id = self.server.wait(self.server.submit())["id"]
        picture = self.server.result(job_id)
        trigger.write_text("a test\n")
        status, answer = self.server.json("POST", "/render", {"scene": "sample:cornell-box", "width": 8, "height": 8,
                                                             "cache": False})
        self.assertIn((status, answer["code"]), [(500, "io_error"), (507, "storage_full")], answer)
        self.check_reads(job_id, picture)
        self.server.end()
        run("umount", str(self.mount_point))
        subprocess.run(["e2fsck", "-fy", str(self.image)], stdout=subprocess.DEVNULL, check=False)
        self.mount()
        self.server.start()
        self.check_reads(job_id, picture)
        self.assertEqual(self.server.wait(self.server.submit())["status"], "succeeded")

    def test_read_only_folder_is_refused_at_start(self):
        self.assertEqual(self.server.stop(), 0)
        run("mount", "-o", "remount,ro", str(self.mount_point))
        with self.assertRaises(AssertionError) as refused:
            self.server.start()
        self.assertIn("Read-only file system", str(refused.exception))
        self.assertNotEqual(self.server.process.wait(), 0)


if __name__ == "__main__":
    sys.exit(run_tests())
