#!/usr/bin/env python3
"""Renders a scene on a Kiln server: upload, submit, wait, download.

usage: render.py SCENE OUTPUT [NAME=VALUE...]
  SCENE        a .glb or .gltf file, or sample:NAME
  NAME=VALUE   settings, values as JSON: width=640 samples_per_pixel=64 background='"transparent"'
"""

import json
import sys

from kiln import Kiln, KilnError


def main(scene, output, *settings):
    kiln = Kiln()
    request = {name: json.loads(value) for name, value in (setting.split("=", 1) for setting in settings)}
    request["scene"] = scene if scene.startswith("sample:") else kiln.upload(scene)
    job = kiln.submit(request)
    print("Job", job["id"])
    job = kiln.wait(job["id"], lambda j: print(f"{j['status']}, {j['progress']:.0%}"))
    if job["status"] != "succeeded":
        raise SystemExit(f"The job ended as {job['status']}: {(job['error'] or {}).get('message', '')}")
    kiln.download(job["id"], output)
    print(f"{output}: rendered in {job['result']['render_s']:.2f} s")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    try:
        main(*sys.argv[1:])
    except (KilnError, OSError, ValueError) as error:
        raise SystemExit(f"render.py: {error}") from None
