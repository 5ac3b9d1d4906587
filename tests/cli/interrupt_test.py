"""Ctrl-C on a terminal and without one, and a server that restarts while a client waits."""

import os
import pty
import re
import select
import signal
import time

from client_case import ENDLESS, HANG_S, SMALL, ClientCase, run_tests


class Terminal:
    """A pseudo-terminal that a command has as stdin and stderr, and as its controlling terminal."""

    def __init__(self, case, *arguments):
        self.master, slave = pty.openpty()
        case.addCleanup(os.close, self.master)
        self.text = ""
        self.process = case.start(*arguments, stdin=slave, stderr=slave, start_new_session=True,
                                  preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)))
        os.close(slave)
        self.case = case

    def read_until(self, words):
        give_up = time.monotonic() + HANG_S
        while words not in self.text:
            self.case.assertLess(time.monotonic(), give_up, f"no {words!r} in {self.text!r}")
            if select.select([self.master], [], [], 1)[0]:
                try:
                    self.text += os.read(self.master, 65536).decode(errors="replace")
                except OSError:  # the other side is closed
                    self.case.assertIn(words, self.text)

    def type(self, text):
        os.write(self.master, text.encode())

    def wait(self):
        """The exit status and stdout."""
        out, _ = self.process.communicate(timeout=HANG_S)
        return self.process.returncode, out


class CtrlCTest(ClientCase):
    def wait_on_a_terminal(self, *arguments):
        """A job that runs and would for hours, and the question whether to cancel it."""
        terminal = Terminal(self, "submit", "sample:cornell-box", *ENDLESS, "--wait", *arguments)
        terminal.read_until("running")
        job_id = self.server.jobs()[0]["id"]
        give_up = time.monotonic() + HANG_S
        while self.server.job(job_id)["progress"] * 65536 < 2:  # until each pixel has samples: a picture to keep
            self.assertLess(time.monotonic(), give_up)
            time.sleep(0.05)
        terminal.type("\x03")
        terminal.read_until("Cancel the job? [y/N] ")
        return terminal, job_id

    def test_yes_cancels_the_job(self):
        terminal, job_id = self.wait_on_a_terminal()
        terminal.type("y\n")
        self.assertEqual(terminal.wait(), (3, job_id + "\n"))
        self.assertEqual(self.server.job(job_id)["status"], "cancelled")

    def test_yes_keeps_the_picture_so_far_where_it_was_asked_for(self):
        terminal, _ = self.wait_on_a_terminal("--keep-partial", "-o", "part.png")
        terminal.type("y\n")
        self.assertEqual(terminal.wait()[0], 3)
        self.assertEqual((self.folder / "part.png").read_bytes()[:4], b"\x89PNG")

    def test_enter_leaves_it_and_tells_how_to_come_back(self):
        terminal, job_id = self.wait_on_a_terminal()
        terminal.type("\n")
        terminal.read_until("kiln watch " + job_id)
        self.assertEqual(terminal.wait()[0], 130)
        self.assertEqual(self.server.job(job_id)["status"], "running")

    def test_end_of_input_leaves_it(self):
        terminal, job_id = self.wait_on_a_terminal()
        terminal.type("\x04")
        self.assertEqual(terminal.wait()[0], 130)
        self.assertEqual(self.server.job(job_id)["status"], "running")

    def test_second_one_ends_it_at_once(self):
        terminal, job_id = self.wait_on_a_terminal()
        terminal.type("\x03")
        self.assertEqual(terminal.wait()[0], 130)
        self.assertEqual(self.server.job(job_id)["status"], "running")

    def test_sigterm_asks_nobody(self):
        terminal = Terminal(self, "submit", "sample:cornell-box", *ENDLESS, "--wait")
        terminal.read_until("running")
        terminal.process.send_signal(signal.SIGTERM)
        self.assertEqual(terminal.wait()[0], 130)
        self.assertNotIn("Cancel", terminal.text)

    def test_without_a_terminal_the_job_is_left(self):
        process = self.start("submit", "sample:cornell-box", *ENDLESS, "--wait")
        job_id = process.stdout.readline().strip()
        while "running" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        self.assertIn("kiln watch " + job_id, process.communicate(timeout=HANG_S)[1])
        self.assertEqual(process.returncode, 130)
        self.assertEqual(self.server.job(job_id)["status"], "running")

    def test_watch_ends_without_a_question(self):
        job_id = self.submit(*ENDLESS)
        terminal = Terminal(self, "watch", job_id)
        terminal.read_until("running")
        terminal.type("\x03")
        self.assertEqual(terminal.wait()[0], 130)
        self.assertEqual(self.server.job(job_id)["status"], "running")

    def test_bar_shows_state_and_share(self):
        terminal, _ = self.wait_on_a_terminal()
        self.assertRegex(terminal.text, re.compile(r"\r[0-9a-f]{8} \[[#-]{20}\] +\d+%  running"))


class RestartTest(ClientCase):
    def restart(self):
        """The same data at the same port."""
        self.server.start(self.server.port)

    def test_wait_goes_on_after_a_restart(self):
        first = self.submit(*ENDLESS)
        process = self.start("submit", "sample:cornell-box", *SMALL, "-o", "a.png")
        job_id = process.stdout.readline().strip()
        self.assertIn("queued", process.stderr.readline())
        self.server.kill()
        self.assertIn("trying again", process.stderr.readline())
        self.restart()
        self.kiln("cancel", first)
        self.assertEqual(process.wait(HANG_S), 0, process.stderr.read())
        self.assertEqual((self.folder / "a.png").read_bytes(), self.server.result(job_id))

    def test_server_that_stays_away_is_status_4(self):
        process = self.start("submit", "sample:cornell-box", *ENDLESS, "--wait", "--timeout", "1")
        process.stdout.readline()
        process.stderr.readline()
        self.server.kill()
        self.assertEqual(process.wait(HANG_S), 4)


if __name__ == "__main__":
    raise SystemExit(run_tests())
