"""What was acknowledged is on the disk: a file system that is copied right after a 202, as a power cut would leave it."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from kiln_server import Server, run_tests

BINARY = os.environ["KILN_BINARY"]
ROUNDS = 4


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


class Disk:
    """An ext4 file system in a file."""

    def __init__(self, image, mount_point):
        self.image, self.mount_point = image, mount_point
        mount_point.mkdir()
        # Nothing but fsync makes the journal commit: what nobody asked for stays in memory, where a power cut finds it.
        run("mount", "-o", "loop,commit=3000", str(image), str(mount_point))

    def unmount(self):
        run("umount", str(self.mount_point))


class PowerCutTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="kiln-power-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        try:
            image = self.folder / "disk"
            with image.open("wb") as file:
                file.truncate(64 << 20)
            run("mkfs.ext4", "-q", str(image))
            self.disk = Disk(image, self.folder / "mnt")
        except (OSError, subprocess.CalledProcessError) as e:
            self.skipTest(f"no file system can be mounted from a file here: {e}")
        self.addCleanup(self.disk.unmount)
        self.server = Server(BINARY, self.disk.mount_point / "data", "--backend", "cpu").start()
        self.addCleanup(self.server.end)

    def snapshot(self, name):
        """The disk as it is at this moment: server and engine are stopped meanwhile, so nothing moves."""
        copy = self.folder / name
        stopped = [pid for pid in (self.server.process.pid, self.server.engine_pid()) if pid]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            shutil.copyfile(self.disk.image, copy)
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)
        return copy

    def check(self, image, jobs, results):
        """A server on the copied disk knows all of it."""
        disk = Disk(image, image.with_suffix(".mnt"))
        try:
            with Server(BINARY, disk.mount_point / "data", "--backend", "cpu") as server:
                server.start()
                listed = [job["id"] for job in server.jobs()]
                self.assertEqual(listed[:len(jobs)], jobs)
                for job_id, sha256 in results.items():
                    self.assertEqual(hashlib.sha256(server.result(job_id)).hexdigest(), sha256)
                for job_id in jobs:
                    self.assertEqual(server.wait(job_id)["status"], "succeeded")
        finally:
            disk.unmount()

    def test_an_acknowledged_job_survives(self):
        jobs, snapshots = [], []
        for n in range(ROUNDS):
            jobs.append(self.server.submit(seed=n, samples_per_pixel=64, width=64, height=64))
            snapshots.append((self.snapshot(f"submitted-{n}"), list(jobs)))
        for image, expected in snapshots:
            self.check(image, expected, {})

    def test_a_finished_picture_survives(self):
        jobs, results = [], {}
        for n in range(ROUNDS):
            job = self.server.wait(self.server.submit(seed=n))
            jobs.append(job["id"])
            results[job["id"]] = job["result"]["sha256"]
        self.check(self.snapshot("finished"), jobs, results)

    def test_an_uploaded_scene_survives(self):
        scene = (Path(__file__).parent / "triangle.gltf").read_bytes()
        status, _, answer = self.server.request("POST", "/assets", scene, {"Content-Type": "model/gltf+json"})
        self.assertEqual(status, 201, answer)
        job_id = self.server.submit(scene="sha256:" + hashlib.sha256(scene).hexdigest())
        self.check(self.snapshot("uploaded"), [job_id], {})


if __name__ == "__main__":
    sys.exit(run_tests())
