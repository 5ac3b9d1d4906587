"""The systemd unit: systemd takes it, and its command line and variables are ones that the binary knows."""

import re
import shlex
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from example_case import BINARY, EXAMPLES, HANG_S, run_tests

UNIT = EXAMPLES / "systemd" / "kiln.service"


class SystemdTest(unittest.TestCase):
    def test_systemd_takes_it(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("there is no systemd-analyze")
        with tempfile.TemporaryDirectory(prefix="kiln-unit-") as folder:
            unit = Path(folder) / "kiln.service"
            unit.write_text(UNIT.read_text().replace("/usr/local/bin/kiln", BINARY))
            done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, timeout=HANG_S)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_flags_and_variables_are_the_servers(self):
        text = UNIT.read_text()
        command = shlex.split(re.search(r"^ExecStart=(.*)$", text, re.M).group(1))
        self.assertEqual(command[:2], ["/usr/local/bin/kiln", "serve"])
        help_text = subprocess.run([BINARY, "serve", "--help"], capture_output=True, text=True, timeout=HANG_S).stdout
        for flag in (word for word in command if word.startswith("--")):
            self.assertRegex(help_text, rf"{flag}\b")
        for variable in re.findall(r"\bKILN_[A-Z_]+(?==)", text):
            self.assertIn("$" + variable, help_text)


if __name__ == "__main__":
    raise SystemExit(run_tests())
