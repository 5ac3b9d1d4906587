"""Real faults of the device: the process that met one is replaced, and the jobs behind it succeed."""

import os
import subprocess
import sys
import tempfile
import unittest

from fault_case import BINARY, FaultCase
from kiln_server import run_tests


class CudaFaultTest(FaultCase):
    backend = "cuda"

    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory(prefix="kiln-cuda-") as folder:
            tried = subprocess.run([BINARY, "render", "sample:cornell-box", "--backend", "cuda", "--width", "8",
                                    "--height", "8", "-s", "1", "-o", os.path.join(folder, "box.png")],
                                   capture_output=True, text=True, check=False)
        if tried.returncode != 0:
            raise unittest.SkipTest("no GPU to test on: " + tried.stderr.strip())

    def test_illegal_address(self):
        self.check_fault("cuda_illegal_address", "device_fault")

    def test_launch_failure(self):
        self.check_fault("cuda_launch_failure", "device_fault")

    def test_memory_used_up(self):
        self.check_fault("cuda_memory", "out_of_device_memory")


if __name__ == "__main__":
    sys.exit(run_tests())
