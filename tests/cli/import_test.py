"""OBJ, PLY and STL against a whole server and on the command line: from the file to the picture."""

import io
import json
import struct
import zipfile
import zlib

from client_case import ClientCase, SMALL, run_tests

BOX = [(0, 0, 0), (2, 0, 0), (2, 1, 0), (0, 1, 0), (0, 0, 3), (2, 0, 3), (2, 1, 3), (0, 1, 3)]
FACES = [(0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (3, 7, 6, 2), (0, 4, 7, 3), (1, 2, 6, 5)]
TRIANGLES = [t for a, b, c, d in FACES for t in ((a, b, c), (a, c, d))]
MTL = "newmtl red\nKd 0.8 0.05 0.05\nKs 0 0 0\n"


def obj(head=""):
    points = "".join(f"v {x} {y} {z}\n" for x, y, z in BOX)
    return head + points + "usemtl red\n" * bool(head) + "".join("f " + " ".join(str(i + 1) for i in f) + "\n" for f in FACES)


def ply():
    head = ("ply\nformat binary_little_endian 1.0\nelement vertex 8\nproperty float x\nproperty float y\n"
            "property float z\nelement face 6\nproperty list uchar int vertex_indices\nend_header\n")
    return head.encode() + b"".join(struct.pack("<3f", *p) for p in BOX) + b"".join(struct.pack("<B4i", 4, *f) for f in FACES)


def stl():
    corners = b"".join(struct.pack("<3f", 0, 0, 0) + b"".join(struct.pack("<3f", *BOX[i]) for i in t) + b"\0\0" for t in TRIANGLES)
    return b"a box".ljust(80, b"\0") + struct.pack("<I", len(TRIANGLES)) + corners


def gltf():
    """The same box with the material that a file without any gets."""
    data = b"".join(struct.pack("<3f", *p) for p in BOX) + b"".join(struct.pack("<3H", *t) for t in TRIANGLES)
    document = {
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
        "materials": [{"doubleSided": True, "pbrMetallicRoughness": {
            "baseColorFactor": [0.8, 0.8, 0.8, 1], "metallicFactor": 0, "roughnessFactor": 1}}],
        "buffers": [{"byteLength": len(data)}],
        "bufferViews": [{"buffer": 0, "byteLength": 96}, {"buffer": 0, "byteOffset": 96, "byteLength": 72}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3", "min": [0, 0, 0], "max": [2, 1, 3]},
                      {"bufferView": 1, "componentType": 5123, "count": 36, "type": "SCALAR"}]}
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(data), b"BIN\0") + data
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def package(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return out.getvalue()


def png_pixels(png):
    """The RGB bytes of a PNG as Kiln writes it: 8 bits, not interlaced (PNG specification, sections 7 and 9)."""
    width, height, depth, color = struct.unpack(">IIBB", png[16:26])
    assert (depth, color) == (8, 2), (depth, color)
    at, data = 8, b""
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at:at + 8])
        data += png[at + 8:at + 8 + size] if kind == b"IDAT" else b""
        at += 12 + size
    raw, stride, rows = zlib.decompress(data), 3 * width, []
    above = bytes(stride)
    for y in range(height):
        filter_type, line = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride):
            left, corner = (line[i - 3], above[i - 3]) if i >= 3 else (0, 0)
            line[i] = line[i] + predicted(filter_type, left, above[i], corner) & 255
        rows.append(bytes(line))
        above = line
    return b"".join(rows)


def predicted(filter_type, left, up, corner):
    if filter_type == 4:
        nearest = left + up - corner
        return min((abs(nearest - left), 0, left), (abs(nearest - up), 1, up), (abs(nearest - corner), 2, corner))[2]
    return (0, left, up, (left + up) // 2)[filter_type]


class ImportTest(ClientCase):
    def post(self, body, media_type="application/octet-stream"):
        status, _, text = self.server.request("POST", "/assets", body, {"Content-Type": media_type})
        return status, json.loads(text)

    def picture(self, scene):
        """The pixels of a picture as 8-bit RGB."""
        job = self.server.submit(scene=scene, width=24, height=16, samples_per_pixel=8, max_depth=3)
        self.assertEqual(self.server.wait(job)["status"], "succeeded")
        return png_pixels(self.server.result(job))

    def test_each_format_gives_the_picture_of_the_box_in_gltf(self):
        files = {"model/gltf-binary": gltf(), "model/obj": obj().encode(), "model/ply": ply(), "model/stl": stl(),
                 "application/zip": package(box_obj=obj())}
        pictures = {}
        for media_type, body in files.items():
            status, asset = self.post(body)
            self.assertEqual(status, 201, asset)
            self.assertEqual(asset["media_type"], media_type)
            self.assertEqual(asset["summary"]["triangles"], 12)
            self.assertEqual(asset["summary"]["bounds"], {"min": [0, 0, 0], "max": [2, 1, 3]})
            self.assertEqual(asset["summary"]["warnings"], [])
            pictures[media_type] = self.picture(asset["id"])
        expected = pictures["model/gltf-binary"]
        self.assertGreater(len(set(expected)), 50, "the picture shows something")
        for media_type, picture in pictures.items():
            worst = max(abs(a - b) for a, b in zip(picture, expected))
            self.assertLessEqual(worst, 1, media_type)

    def test_a_body_of_any_format_is_rendered_at_once(self):
        for media_type, body in {"model/stl": stl(), "application/zip": package(a_obj=obj("mtllib a.mtl\n"), a_mtl=MTL)}.items():
            status, _, text = self.server.request("POST", "/render?width=16&height=16&samples_per_pixel=4", body,
                                                  {"Content-Type": media_type})
            self.assertEqual(status, 202, text)
            self.assertEqual(self.server.wait(json.loads(text)["id"])["status"], "succeeded")

    def test_materials_come_with_the_package_and_are_missed_without(self):
        with_mtl = self.post(package(a_obj=obj("mtllib a.mtl\n"), a_mtl=MTL))[1]
        self.assertEqual(with_mtl["summary"]["warnings"], [])
        alone = self.post(obj("mtllib a.mtl\n").encode())[1]
        self.assertEqual(len(alone["summary"]["warnings"]), 2, alone)
        red, grey = self.picture(with_mtl["id"]), self.picture(alone["id"])
        reddest = max(range(0, len(red), 3), key=lambda i: red[i] - red[i + 1])
        self.assertGreater(red[reddest] - red[reddest + 1], 60)
        self.assertLess(max(abs(grey[i] - grey[i + 1]) for i in range(0, len(grey), 3)), 40)

    def test_broken_files_are_refused_with_the_reason_and_the_server_goes_on(self):
        for body, code, words in (
                (stl()[:-1], "invalid_scene", "counts 12 triangles"),
                (ply()[:-1], "invalid_scene", "the file ends within it"),
                (obj().encode() + b"f 1 2 9\n", "invalid_scene", "index 9 is out of range"),
                (package(readme_txt="hello"), "invalid_scene", "holds no .gltf"),
                (package(a_obj=obj())[:-30], "invalid_scene", "ZIP"),
                (b"hello world\n", "unsupported_media_type", "no glTF, OBJ")):
            status, answer = self.post(body)
            self.assertIn(status, (415, 422), answer)
            self.assertEqual(answer["code"], code)
            self.assertIn(words, answer["detail"])
        self.assertEqual(self.post(stl())[0], 201)

    def test_the_command_line_reads_what_lies_beside_the_file(self):
        (self.folder / "box.obj").write_text(obj("mtllib box.mtl\n"))
        _, err = self.kiln("render", "box.obj", "-o", "grey.png", "--backend", "cpu", *SMALL)
        self.assertIn("box.mtl", err)
        (self.folder / "box.mtl").write_text(MTL)
        _, err = self.kiln("render", "box.obj", "-o", "red.png", "--backend", "cpu", *SMALL)
        self.assertNotIn("box.mtl", err)
        self.assertNotEqual((self.folder / "grey.png").read_bytes(), (self.folder / "red.png").read_bytes())
        self.assertEqual(self.kiln_json("inspect", "box.obj")["summary"]["warnings"], [])
        _, err = self.kiln("submit", "box.obj", "-o", "sent.png", *SMALL)
        self.assertIn('the material library "box.mtl" is not there', err)


if __name__ == "__main__":
    raise SystemExit(run_tests())
