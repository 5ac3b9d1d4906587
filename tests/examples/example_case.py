"""What the tests of the examples have in common."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "faults"))
from kiln_server import HANG_S, Server, run_tests  # noqa: E402, F401

BINARY = os.environ["KILN_BINARY"]
EXAMPLES = ROOT / "examples"
TRIANGLE = ROOT / "tests" / "faults" / "triangle.gltf"
PNG = b"\x89PNG"


class ExampleCase(unittest.TestCase):
    tools = ()  # without these the tests are skipped
    flags = ()  # of the server

    def setUp(self):
        for tool in self.tools:
            if not shutil.which(tool):
                self.skipTest(f"there is no {tool}")
        folder = tempfile.TemporaryDirectory(prefix="kiln-example-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.server = Server(BINARY, self.folder / "data", "--backend", "cpu", "--threads", "1", *self.flags)
        self.addCleanup(self.server.end)
        self.server.start()
        self.environment = {**os.environ, "KILN_SERVER": f"http://127.0.0.1:{self.server.port}", "no_proxy": "127.0.0.1"}

    def run_example(self, *command, status=0):
        """What it printed."""
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, cwd=self.folder,
                              env=self.environment, timeout=HANG_S)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def check_picture(self, name, width, height):
        """A PNG of this size, and no half file beside it."""
        picture = (self.folder / name).read_bytes()
        self.assertEqual(picture[:4], PNG)
        self.assertEqual((int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")), (width, height))
        self.assertEqual(list(self.folder.glob("*.part")), [])

    def assets(self):
        return self.server.json("GET", "/assets")[1]["assets"]
