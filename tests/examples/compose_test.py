"""The compose file: Docker takes it, its command line is the server's, and what it builds from is there."""

import json
import shutil
import subprocess
import tempfile
import unittest

from example_case import BINARY, EXAMPLES, HANG_S, ROOT, Server, run_tests

FOLDER = EXAMPLES / "docker"


def flags_in(text):
    """The command of the only service, by eye: one line of JSON that YAML is as well."""
    line = next(line for line in text.splitlines() if line.strip().startswith("command:"))
    return json.loads(line.split(":", 1)[1])


class ComposeTest(unittest.TestCase):
    def test_docker_takes_it(self):
        if not shutil.which("docker") or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode:
            self.skipTest("there is no docker compose")
        done = subprocess.run(["docker", "compose", "config", "--format", "json"], cwd=FOLDER, capture_output=True,
                              text=True, timeout=HANG_S)
        self.assertEqual(done.returncode, 0, done.stderr)
        kiln = json.loads(done.stdout)["services"]["kiln"]
        self.assertEqual(kiln["command"], flags_in((FOLDER / "compose.yaml").read_text()))

    def test_it_is_well_formed(self):
        try:
            import yaml
        except ImportError:
            self.skipTest("there is no PyYAML")
        compose = yaml.safe_load((FOLDER / "compose.yaml").read_text())
        kiln = compose["services"]["kiln"]
        self.assertTrue((FOLDER / kiln["build"]["context"] / "Dockerfile").samefile(ROOT / "Dockerfile"))
        self.assertIn(f"ARG {next(iter(kiln['build']['args']))}=", (ROOT / "Dockerfile").read_text())
        self.assertEqual([volume.split(":")[0] for volume in kiln["volumes"]], list(compose["volumes"]))

    def test_server_starts_with_its_command_line(self):
        command = flags_in((FOLDER / "compose.yaml").read_text())
        self.assertEqual(command[0], "serve")
        with tempfile.TemporaryDirectory(prefix="kiln-compose-") as data:
            with Server(BINARY, data, "--backend", "cpu", *command[1:]) as server:
                self.assertEqual(server.start().request("GET", "/healthz")[0], 200)
                self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    raise SystemExit(run_tests())
