#!/usr/bin/env python3
"""A turntable: one scene from all sides, as one batch; its pictures are unpacked into a folder.

usage: turntable.py SCENE FOLDER [FRAMES]
"""

import sys
import zipfile
from pathlib import Path

from kiln import Kiln, KilnError


def main(scene, folder, frames="36"):
    kiln = Kiln()
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    batch = kiln.submit({"scene": scene if scene.startswith("sample:") else kiln.upload(scene),
                         "width": 320, "height": 240, "samples_per_pixel": 32,
                         "turntable": {"frames": int(frames), "sweep_deg": 360}}, route="/batch")
    print("Batch", batch["id"])
    batch = kiln.wait(batch["id"], lambda b: print(f"{b['status']}, {b['progress']:.0%}"))
    print(batch["counts"])
    archive = folder / "turntable.zip"
    kiln.download(batch["id"], archive)
    with zipfile.ZipFile(archive) as pictures:
        pictures.extractall(folder)
    if batch["status"] != "succeeded":
        raise SystemExit(f"The batch ended as {batch['status']}")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    try:
        main(*sys.argv[1:])
    except (KilnError, OSError, ValueError) as error:
        raise SystemExit(f"turntable.py: {error}") from None
