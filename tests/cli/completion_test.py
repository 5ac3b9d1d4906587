"""The completion scripts: sourced and asked where the shell can be asked, read by their shells for syntax."""

import os
import shutil
import subprocess
import unittest

from client_case import BINARY, HANG_S, run_tests


def script_for(shell):
    return subprocess.run([BINARY, "completion", shell], capture_output=True, text=True, check=True, timeout=HANG_S).stdout


class CompletionTest(unittest.TestCase):
    def check_syntax(self, shell, *command):
        if not shutil.which(shell):
            self.skipTest(f"there is no {shell}")
        done = subprocess.run(command, input=script_for(shell), capture_output=True, text=True, timeout=HANG_S)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def complete(self, *words):
        """What bash proposes for the last word."""
        asked = f"""{script_for("bash")}
COMP_WORDS=({" ".join(f"'{word}'" for word in words)}); COMP_CWORD={len(words) - 1}
_kiln; printf '%s\\n' "${{COMPREPLY[@]}}"
"""
        done = subprocess.run(["bash", "--norc", "-c", asked], capture_output=True, text=True, timeout=HANG_S,
                              cwd=os.path.dirname(os.path.abspath(__file__)))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return [word for word in done.stdout.splitlines() if word]

    def test_commands(self):
        self.assertIn("submit", self.complete("kiln", ""))
        self.assertEqual(self.complete("kiln", "sub"), ["submit"])
        self.assertEqual(self.complete("kiln", "--vers"), ["--version"])
        self.assertNotIn("engine", self.complete("kiln", ""), "a server's own commands are nobody's to type")

    def test_options(self):
        self.assertEqual(self.complete("kiln", "submit", "a.glb", "--wa"), ["--wait"])
        self.assertIn("-o", self.complete("kiln", "submit", "-"))
        self.assertIn("--queue-limit", self.complete("kiln", "serve", "--queue-"))

    def test_values(self):
        self.assertEqual(self.complete("kiln", "serve", "--backend", "c"), ["cuda", "cpu"])
        self.assertEqual(self.complete("kiln", "serve", "--backend", "="), ["auto", "cuda", "cpu"])
        self.assertEqual(self.complete("kiln", "serve", "--backend", "=", "a"), ["auto"])
        self.assertEqual(self.complete("kiln", "completion", ""), ["bash", "zsh", "fish"])
        self.assertEqual(self.complete("kiln", "render", "--width", ""), [])

    def test_files(self):
        self.assertEqual(self.complete("kiln", "submit", "completion_t"), ["completion_test.py"])
        self.assertEqual(self.complete("kiln", "render", "a.glb", "-o", "completion_t"), ["completion_test.py"])
        self.assertEqual(self.complete("kiln", "status", "completion_t"), [], "an id is no file")

    def test_every_option_of_every_help_is_completed(self):
        for command in self.complete("kiln", ""):
            text = subprocess.run([BINARY, command, "--help"], capture_output=True, text=True, timeout=HANG_S).stdout
            listed = {word.rstrip(",") for line in text.splitlines() if line.startswith("  -")
                      for word in line.split("  ")[1].replace(",", " ").split() if word.startswith("--")}
            self.assertGreater(len(listed), 0, text)
            self.assertLessEqual(listed, set(self.complete("kiln", command, "--")), command)

    def test_zsh_reads_it(self):
        self.check_syntax("zsh", "zsh", "-f", "-n")

    def test_fish_reads_it(self):
        self.check_syntax("fish", "fish", "--no-config", "--no-execute", "/dev/stdin")

    def test_fish_completes(self):
        if not shutil.which("fish"):
            self.skipTest("there is no fish")
        asked = script_for("fish") + "\ncomplete --do-complete 'kiln serve --backend c'\ncomplete --do-complete 'kiln sub'\n"
        done = subprocess.run(["fish", "--no-config"], input=asked, capture_output=True, text=True, timeout=HANG_S)
        self.assertEqual([line.split("\t")[0] for line in done.stdout.splitlines()], ["cpu", "cuda", "submit"], done.stderr)


if __name__ == "__main__":
    raise SystemExit(run_tests())
