"""The JavaScript module, in Node: as a program, and the page's script read for its syntax."""

import re
import subprocess

from example_case import EXAMPLES, HANG_S, TRIANGLE, ExampleCase, run_tests

JAVASCRIPT = EXAMPLES / "javascript"
SMALL = '{"width": 24, "height": 16, "samples_per_pixel": 4}'


class JavaScriptTest(ExampleCase):
    tools = ("node",)

    def test_renders_a_file(self):
        for name in ("a.png", "b.png"):
            self.assertIn("rendered in", self.run_example("node", JAVASCRIPT / "render.mjs", TRIANGLE, name, SMALL))
            self.check_picture(name, 24, 16)
        self.assertEqual(len(self.assets()), 1)

    def test_says_what_the_server_refuses(self):
        text = self.run_example("node", JAVASCRIPT / "render.mjs", "sample:cornell-box", "a.png", '{"widht": 3}', status=1)
        self.assertIn("widht", text)

    def test_wait_goes_on_after_a_restart_of_the_server(self):
        waiter = subprocess.Popen(["node", JAVASCRIPT / "render.mjs", "sample:cornell-box", "a.png",
                                   '{"width": 512, "height": 512, "samples_per_pixel": 65536}'], env=self.environment,
                                  cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(waiter.stdout.close)
        self.addCleanup(waiter.stderr.close)
        self.addCleanup(waiter.kill)
        job_id = waiter.stdout.readline().split()[1]
        while "running" not in waiter.stdout.readline():
            pass
        self.server.kill()
        self.server.start(self.server.port)
        self.server.request("POST", "/cancel/" + job_id)
        self.assertIn("cancelled", waiter.communicate(timeout=HANG_S)[1])

    def test_pages_script_is_well_formed(self):
        page = (JAVASCRIPT / "index.html").read_text()
        script = re.search(r'<script type="module">(.*?)</script>', page, re.S).group(1)
        (self.folder / "page.mjs").write_text(script)
        self.run_example("node", "--check", "page.mjs")


if __name__ == "__main__":
    raise SystemExit(run_tests())
