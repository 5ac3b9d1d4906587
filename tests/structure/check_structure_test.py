"""A check that cannot fail is a defect: each rule of scripts/check-structure is broken once in a made-up tree."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "check-structure"


def run(files: dict[str, str]) -> tuple[int, str]:
    """The script's exit status and its output for a tree of just these files."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            file = Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        done = subprocess.run([sys.executable, str(SCRIPT), folder], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


def function_of(lines: int, head: str = "int f(int a)") -> str:
    return head + " {\n" + "  // {\n" * (lines - 2) + "}\n"


class CheckStructure(unittest.TestCase):
    def accepts(self, files: dict[str, str]) -> None:
        status, output = run(files)
        self.assertEqual(status, 0, output)

    def refuses(self, files: dict[str, str], place: str, words: str) -> None:
        status, output = run(files)
        self.assertEqual(status, 1, output)
        self.assertRegex(output, f"(?m)^{place}: .*{words}")

    def test_accepts_a_tree_that_keeps_every_rule(self):
        self.accepts({
            "include/kiln/job.h": '#pragma once\n#include <string>\n#include "kernels/vec.h"\n',
            "kernels/vec.h": "#include <cmath>\n",
            "kernels/cuda/pass.cu": '#include <cuda_runtime.h>\n#include "kernels/vec.h"\n',
            "src/base/log.cpp": '#include "base/log.h"\n#include <spdlog/spdlog.h>\n',
            "src/scene/gltf.cpp": '#include <nlohmann/json.hpp>\n#include <tiny_gltf.h>\n#include "image/decode.h"\n',
            "src/render/cuda_renderer.cpp": "#include <cuda_runtime.h>\n",
            "src/render/cpu_renderer.cpp": '#include <embree3/rtcore.h>\n#include "kernels/vec.h"\n',
            "src/store/sqlite_store.cpp": "#include <sqlite3.h>\n",
            "src/store/postgres_store.cpp": "#include <libpq-fe.h>\n",
            "src/jobs/worker.cpp": '#include "engine/engine.h"\n#include "store/store.h"\n#include "render/pass.h"\n',
            "src/http/session.cpp": '#include <boost/beast/http.hpp>\n#include "jobs/service.h"\n',
            "src/webhooks/curl_sender.cpp": '#include <curl/curl.h>\n#include "jobs/service.h"\n',
            "src/cli/serve.cpp": '#include "http/server.h"\n#include "config/config.h"\n',
            "src/main.cpp": '#include "cli/run.h"\nint main() {}\n',
            "tests/api/client.cpp": "#include <boost/beast/core.hpp>\n",
        })

    def test_finds_a_library_outside_its_room(self):
        for include, path in [("boost/beast/core.hpp", "src/jobs/a.h"), ("boost/beast.hpp", "include/kiln/a.h"),
                              ("cuda_runtime.h", "src/render/pass.cpp"), ("cub/cub.cuh", "src/engine/a.cpp"),
                              ("embree3/rtcore.h", "src/scene/a.cpp"), ("sqlite3.h", "src/store/postgres_store.cpp"),
                              ("libpq-fe.h", "src/store/sqlite_store.cpp"), ("nlohmann/json.hpp", "src/jobs/a.cpp"),
                              ("nlohmann/json_fwd.hpp", "include/kiln/a.h"), ("tiny_gltf.h", "src/render/a.cpp"),
                              ("curl/curl.h", "src/webhooks/outbox.cpp"), ("curl/curl.h", "src/http/curl_a.cpp")]:
            with self.subTest(include=include, path=path):
                self.refuses({path: f"#pragma once\n#  include <{include}>\n"}, f"{path}:2", "is included outside")

    def test_finds_co_await_inside_a_condition(self):
        for code in ("while (co_await f()) {}", "if (!(co_await g(1)).ok) return;", "if (a &&\n co_await h()) {}"):
            with self.subTest(code=code):
                self.refuses({"src/http/a.cpp": f"void run() {{\n  {code}\n}}\n"}, "src/http/a.cpp:2", "co_await inside")
        self.accepts({"src/http/a.cpp": "void run() {\n  if (a) co_await f();  // not while (co_await f())\n}\n"})

    def test_finds_a_second_file_with_embree(self):
        embree = "#include <embree3/rtcore.h>\n"
        self.refuses({"src/render/a.cpp": embree, "src/render/b.cpp": embree}, "src/render/b.cpp:1", "Embree .* 2 files")

    def test_finds_a_room_that_uses_one_above_it_or_beside_it(self):
        for room, used in [("base", "image"), ("image", "scene"), ("scene", "render"), ("render", "engine"),
                           ("store", "engine"), ("engine", "store"), ("engine", "jobs"), ("jobs", "http"),
                           ("jobs", "webhooks"), ("webhooks", "http"),
                           ("http", "cli"), ("http", "config"), ("jobs", "config"), ("config", "cli")]:
            with self.subTest(room=room, used=used):
                self.refuses({f"src/{room}/a.cpp": f'#include "{used}/b.h"\n'}, f"src/{room}/a.cpp:1", f"{room} must not use")

    def test_finds_a_way_round_the_rooms(self):
        self.refuses({"src/base/a.cpp": '#include "../jobs/b.h"\n'}, "src/base/a.cpp:1", "climb")
        self.refuses({"include/kiln/a.h": '#include "jobs/b.h"\n'}, "include/kiln/a.h:1", "front door")
        self.refuses({"src/attic/a.cpp": "\n"}, "src/attic/a.cpp:1", "not a room")

    def test_finds_kernels_that_see_more_than_arrays(self):
        for include in ["kiln/scene.h", "spdlog/spdlog.h", "boost/asio.hpp", "base/log.h"]:
            with self.subTest(include=include):
                self.refuses({"kernels/light.h": f"#include <{include}>\n"}, "kernels/light.h:1", "plain arrays")
        self.refuses({"kernels/light.h": "#include <cuda_runtime.h>\n"}, "kernels/light.h:1", "plain arrays")

    def test_finds_files_that_are_too_long(self):
        self.accepts({"src/base/a.cpp": "\n" * 500, "src/main.cpp": "\n" * 80})
        self.refuses({"src/base/a.cpp": "\n" * 501}, "src/base/a.cpp:501", "501 lines")
        self.refuses({"src/main.cpp": "\n" * 81}, "src/main.cpp:81", "81 lines")

    def test_finds_functions_that_are_too_long(self):
        heads = ["int f(int a)", "template <class T>\nauto g(T t) -> int", "A::A(int b) : a_{1}, b_{b}", "TEST(A, B)",
                 "auto h = [](int a)", "bool operator==(const A& a)", "int f(int a = 3) noexcept", "void run() try"]
        for head in heads:
            more = head.count("\n")
            with self.subTest(head=head):
                self.accepts({"src/base/a.cpp": "int x = 1;\n" + function_of(80 - more, head)})
                self.refuses({"src/base/a.cpp": "int x = 1;\n" + function_of(81 - more, head)}, "src/base/a.cpp:2", "81 lines")
        inside = "namespace a {\nclass B : public C {\n public:\n" + function_of(85) + "};\n}\n"
        self.refuses({"src/base/a.cpp": inside}, "src/base/a.cpp:3", "a function of 8[56] lines")

    def test_does_not_take_other_braces_for_functions(self):
        body = " {\n" + "\n" * 100 + "}"
        for head in ["namespace a", "struct alignas(16) B", "enum class C : int", "const int d[] =", "class E : public F",
                     "template <int N, class = std::enable_if_t<(N > 0)>>\nstruct G", "const auto k = make(1) +"]:
            with self.subTest(head=head):
                self.accepts({"src/base/a.cpp": head + body + ";\n"})

    def test_is_not_misled_by_text(self):
        self.accepts({"src/base/a.cpp": 'const char* a = "{";\nchar b = \'{\';\nint c = 1\'000\'000;\n// {\n/* { */\n'
                                        'auto d = R"x({ " )x";\n#define E {\nint f(char c = \'"\') { return c; }\n'})

    def test_says_when_braces_cannot_be_matched(self):
        self.refuses({"src/base/a.cpp": "#if A\nint f() {\n#else\nint g() {\n#endif\n}\n"}, "src/base/a.cpp:1", "braces")
        self.refuses({"src/base/a.cpp": "}\n"}, "src/base/a.cpp:1", "braces")

    def test_an_empty_tree_is_an_error(self):
        self.assertEqual(run({})[0], 2)


if __name__ == "__main__":
    unittest.main()
