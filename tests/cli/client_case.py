"""What the tests of the client commands have in common: a server on a free port, and a way to run the binary."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "faults"))
from kiln_server import HANG_S, Server, run_tests  # noqa: E402, F401

BINARY = os.environ["KILN_BINARY"]
TRIANGLE = Path(__file__).resolve().parents[1] / "faults" / "triangle.gltf"
SMALL = ["--width", "16", "--height", "16", "--samples", "4"]
# Renders for hours: what happens while a job runs can be tested without a race.
ENDLESS = ["--width", "512", "--height", "512", "--samples", "65536"]


class ClientCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="kiln-client-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.server = self.start_server(self.folder / "data")

    def start_server(self, data, *flags):
        server = Server(BINARY, data, "--backend", "cpu", "--threads", "1", "--checkpoint-s", "0", *flags)
        self.addCleanup(server.end)
        return server.start()

    def environment(self):
        return {**os.environ, "KILN_SERVER": f"http://127.0.0.1:{self.server.port}"}

    def start(self, *arguments, **streams):
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL, **streams}
        process = subprocess.Popen([BINARY, *map(str, arguments)], env=self.environment(), cwd=self.folder, text=True,
                                   **streams)
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        if process.poll() is None:
            process.kill()
            process.wait(HANG_S)
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()

    def kiln(self, *arguments, status=0):
        """stdout and stderr of a command that ends with this status."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=HANG_S)
        self.assertEqual(process.returncode, status, f"kiln {arguments}:\n{out}\n{err}")
        return out, err

    def kiln_json(self, *arguments, status=0):
        out, _ = self.kiln(*arguments, "--json", status=status)
        return json.loads(out)

    def submit(self, *arguments):
        """The id of a job, submitted as scripts do."""
        return self.kiln("submit", "sample:cornell-box", *arguments)[0].strip()
