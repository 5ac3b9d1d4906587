"""The Python examples."""

import sys
import threading

from example_case import EXAMPLES, TRIANGLE, ExampleCase, run_tests

PYTHON = EXAMPLES / "python"
sys.path.insert(0, str(PYTHON))
import kiln  # noqa: E402


class PythonTest(ExampleCase):
    def test_renders_a_file(self):
        for name in ("a.png", "b.png"):
            text = self.run_example(sys.executable, PYTHON / "render.py", TRIANGLE, name, "width=24", "height=16",
                                    "samples_per_pixel=4", 'background="transparent"')
            self.assertIn("rendered in", text)
            self.check_picture(name, 24, 16)
        self.assertEqual(len(self.assets()), 1)

    def test_says_what_the_server_refuses(self):
        text = self.run_example(sys.executable, PYTHON / "render.py", "sample:cornell-box", "a.png", "width=0", status=1)
        self.assertIn("width", text)

    def test_renders_a_turntable(self):
        text = self.run_example(sys.executable, PYTHON / "turntable.py", "sample:cornell-box", "frames", "3")
        self.assertIn("'succeeded': 3", text)
        for index in range(3):
            self.check_picture(f"frames/{index:04}.png", 320, 240)
        frames = {(self.folder / f"frames/{index:04}.png").read_bytes() for index in range(3)}
        self.assertEqual(len(frames), 3, "from three sides")


class ClientTest(ExampleCase):
    def test_waits_through_a_restart_of_the_server(self):
        client = kiln.Kiln(self.environment["KILN_SERVER"])
        job = client.submit({"scene": "sample:cornell-box", "width": 512, "height": 512, "samples_per_pixel": 65536})
        self.server.wait(job["id"], until=["running"])
        ended = []
        waiter = threading.Thread(target=lambda: ended.append(client.wait(job["id"])))
        waiter.start()
        self.server.kill()
        self.server.start(self.server.port)
        client.cancel(job["id"])
        waiter.join()
        self.assertEqual(ended[0]["status"], "cancelled")

    def test_same_key_gives_the_same_job(self):
        client = kiln.Kiln(self.environment["KILN_SERVER"])
        request = {"scene": "sample:cornell-box", "width": 16, "height": 16, "samples_per_pixel": 4}
        self.assertEqual(client.submit(request, key="k")["id"], client.submit(request, key="k")["id"])
        with self.assertRaises(kiln.KilnError) as refused:
            client.submit({**request, "seed": 1}, key="k")
        self.assertEqual((refused.exception.status, refused.exception.code), (422, "idempotency_key_reused"))


if __name__ == "__main__":
    raise SystemExit(run_tests())
