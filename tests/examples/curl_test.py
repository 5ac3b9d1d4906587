"""The shell script with curl."""

from example_case import EXAMPLES, TRIANGLE, ExampleCase, run_tests

RENDER = EXAMPLES / "curl" / "render"
SMALL = '{"width": 24, "height": 16, "samples_per_pixel": 4}'


class CurlTest(ExampleCase):
    tools = ("bash", "curl", "jq", "sha256sum")

    def test_renders_a_sample(self):
        self.assertIn("succeeded, 100 %", self.run_example(RENDER, "sample:cornell-box", "a.png", SMALL))
        self.check_picture("a.png", 24, 16)

    def test_uploads_a_file_once(self):
        for name in ("a.png", "b.png"):
            self.run_example(RENDER, TRIANGLE, name, SMALL)
            self.check_picture(name, 24, 16)
        self.assertEqual(len(self.assets()), 1)

    def test_says_what_the_server_refuses(self):
        self.assertIn("widht", self.run_example(RENDER, "sample:cornell-box", "a.png", '{"widht": 3}', status=22))
        self.assertFalse((self.folder / "a.png").exists())

    def test_fails_with_the_job(self):
        text = self.run_example(RENDER, "sample:cornell-box", "a.png", '{"camera": {"gltf": 7}}', status=1)
        self.assertIn("ended as failed", text)


if __name__ == "__main__":
    raise SystemExit(run_tests())
