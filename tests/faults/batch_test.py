"""Batches, idempotency keys and pictures that are there already, while the server is killed under them."""

import hashlib
import io
import json
import os
import sys
import tempfile
import unittest
import zipfile

from kiln_server import Server, run_tests

BINARY = os.environ["KILN_BINARY"]
FRAMES = 6
TURNTABLE = {"scene": "sample:cornell-box", "width": 96, "height": 96, "samples_per_pixel": 512,
             "turntable": {"frames": FRAMES}}
KEY = {"Idempotency-Key": '"the turntable"'}


class Batch(unittest.TestCase):
    def serve(self):
        folder = tempfile.TemporaryDirectory(prefix="kiln-batch-")
        self.addCleanup(folder.cleanup)
        server = Server(BINARY, folder.name, "--backend", "cpu").start()
        self.addCleanup(server.end)
        return server

    def submit(self, server, batch, headers=None):
        status, answered, body = server.request("POST", "/batch", batch, headers)
        self.assertEqual(status, 202, body)
        return json.loads(body), answered

    def archive(self, server, batch_id):
        """Its pictures by name, and batch.json."""
        status, headers, body = server.request("GET", "/result/" + batch_id)
        self.assertEqual((status, headers["Content-Type"]), (200, "application/zip"))
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            self.assertIsNone(archive.testzip())
            self.assertTrue(all(entry.compress_type == zipfile.ZIP_STORED for entry in archive.infolist()))
            files = {name: archive.read(name) for name in archive.namelist()}
        return files, json.loads(files.pop("batch.json"))

    def test_killed_in_the_middle(self):
        server = self.serve()
        batch, _ = self.submit(server, TURNTABLE, KEY)
        self.assertEqual(len(batch["jobs"]), FRAMES)
        while server.job(batch["id"])["counts"]["succeeded"] < 2:
            pass
        server.kill()
        server.start()
        again, answered = self.submit(server, TURNTABLE, KEY)
        self.assertEqual((again["id"], again["jobs"]), (batch["id"], batch["jobs"]))
        self.assertEqual(answered["Idempotency-Replayed"], "true")
        ended = server.wait(batch["id"])
        self.assertEqual((ended["status"], ended["counts"]["succeeded"], ended["progress"]), ("succeeded", FRAMES, 1))
        self.assertEqual([job["id"] for job in server.jobs()], batch["jobs"], "in order, and none twice")
        files, manifest = self.archive(server, batch["id"])
        self.assertEqual(sorted(files), [f"{i:04}.png" for i in range(FRAMES)])
        for job in manifest["jobs"]:
            self.assertEqual(hashlib.sha256(files[job["file"]]).hexdigest(), job["result"]["sha256"])
        self.assertEqual(len({job["result"]["sha256"] for job in manifest["jobs"]}), FRAMES, "each from another side")

    def test_the_same_pictures_after_a_kill(self):
        server = self.serve()
        first, _ = self.submit(server, TURNTABLE)
        self.assertEqual(server.wait(first["id"])["status"], "succeeded")
        server.kill()
        server.start()
        server.wait(server.submit())  # the engine says who it is once it is there
        second, _ = self.submit(server, TURNTABLE)
        self.assertEqual((second["status"], second["counts"]["succeeded"]), ("succeeded", FRAMES))
        self.assertTrue(all(server.job(job)["cached"] for job in second["jobs"]))
        self.assertEqual(server.request("DELETE", "/jobs/" + first["id"])[0], 204)
        server.kill()
        server.start()
        files, _ = self.archive(server, second["id"])
        self.assertEqual(len(files), FRAMES, "they are kept although the first ones are gone")


if __name__ == "__main__":
    sys.exit(run_tests())
