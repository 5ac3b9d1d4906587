#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/// Runs the binary itself, as a person would.
namespace kiln::cli {
namespace {

struct Outcome {
  int status = -1;
  std::string text;  ///< stdout and stderr
};

class CommandLine : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "kiln-cli-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static Outcome run(const std::string& arguments) {
    Outcome outcome;
    FILE* pipe = ::popen((std::string(KILN_BINARY) + " " + arguments + " 2>&1").c_str(), "r");
    std::array<char, 4096> buffer{};
    while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe))
      outcome.text.append(buffer.data(), n);
    const int status = ::pclose(pipe);
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return outcome;
  }

  std::string first_bytes(const std::string& name, std::size_t n) const {
    std::ifstream in(folder_ / name, std::ios::binary);
    std::string bytes(n, '\0');
    in.read(bytes.data(), static_cast<std::streamsize>(n));
    return bytes;
  }

  std::filesystem::path folder_;
};

}  // namespace

TEST_F(CommandLine, TellsVersionAndBackends) {
  const Outcome o = run("--version");
  EXPECT_EQ(o.status, 0);
  EXPECT_TRUE(o.text.starts_with("kiln ")) << o.text;
  EXPECT_NE(o.text.find("cpu"), std::string::npos) << o.text;
  EXPECT_NE(o.text.find("cuda"), std::string::npos) << o.text;
}

TEST_F(CommandLine, RendersASampleIntoEveryFormat) {
  const std::string settings = " --backend cpu --width 32 --height 24 --samples 2 -q -o " + folder_.string();
  for (const char* name : {"a.png", "a.jpg", "a.webp", "a.exr"}) {
    const Outcome o = run("render sample:cornell-box" + settings + "/" + name);
    EXPECT_EQ(o.status, 0) << o.text;
    EXPECT_EQ(o.text, "") << "quiet means quiet";
  }
  EXPECT_EQ(first_bytes("a.png", 4), "\x89PNG");
  EXPECT_EQ(first_bytes("a.jpg", 2), "\xff\xd8");
  EXPECT_EQ(first_bytes("a.webp", 4), "RIFF");
  EXPECT_EQ(first_bytes("a.exr", 4), "\x76\x2f\x31\x01");
}

TEST_F(CommandLine, WrongUsageIsStatus2AndNamesTheOption) {
  const Outcome o = run("render sample:cornell-box --wdith 3 -o a.png");
  EXPECT_EQ(o.status, 2);
  EXPECT_NE(o.text.find("wdith"), std::string::npos) << o.text;
  EXPECT_EQ(run("").status, 2);
  EXPECT_EQ(run("serve --port 99999").status, 2);
}

TEST_F(CommandLine, FailureIsStatus1AndNamesTheThing) {
  const Outcome missing = run("render /nowhere/scene.glb -o " + (folder_ / "a.png").string());
  EXPECT_EQ(missing.status, 1);
  EXPECT_NE(missing.text.find("/nowhere/scene.glb"), std::string::npos) << missing.text;
  const Outcome unknown = run("render sample:nothing -o " + (folder_ / "a.png").string());
  EXPECT_EQ(unknown.status, 1);
  EXPECT_NE(unknown.text.find("cornell-box"), std::string::npos) << "says which samples there are: " << unknown.text;
}

TEST_F(CommandLine, AnOutputThatCannotBeIsRefusedBeforeItIsRendered) {
  const std::string forever = "render sample:cornell-box --backend cpu --samples 65536 --width 8192 --height 8192 -o ";
  const Outcome missing = run(forever + (folder_ / "missing" / "a.png").string());
  EXPECT_EQ(missing.status, 1);
  EXPECT_NE(missing.text.find((folder_ / "missing").string()), std::string::npos) << missing.text;
  const std::string scene = (folder_ / "scene.glb").string();
  std::ofstream(scene) << "the only copy";
  EXPECT_EQ(run("render " + scene + " --format png -o " + scene).status, 1);
  EXPECT_EQ(first_bytes("scene.glb", 13), "the only copy");
}

TEST_F(CommandLine, NumbersThatAreNoneAreRefused) {
  for (const char* option : {"--fov nan", "--exposure nan", "--environment-rotation inf", "--orbit 0 0 0 0 nan 1"}) {
    EXPECT_EQ(run("render sample:cornell-box -o a.png " + std::string(option)).status, 2) << option;
  }
}

TEST_F(CommandLine, HelpHasEveryDefaultAndVariable) {
  const Outcome o = run("serve --help");
  EXPECT_EQ(o.status, 0);
  for (const char* part : {"--port UINT", "[8080] $KILN_PORT", "--backend auto|cuda|cpu", "[512MiB] $KILN_MAX_BODY"}) {
    EXPECT_NE(o.text.find(part), std::string::npos) << part << " in " << o.text;
  }
}

TEST_F(CommandLine, HelpGroupsTheCommandsAndTellsTheExitStatuses) {
  const std::string help = run("--help").text;
  std::size_t last = 0;
  for (const char* part : {"The server:", "serve", "Clients of a server", "submit", "cancel",
                           "Without a server:", "render", "The shell:", "completion", "3 the job was cancelled"}) {
    const std::size_t at = help.find(part, last);
    ASSERT_NE(at, std::string::npos) << part << " in its place in " << help;
    last = at;
  }
}

TEST_F(CommandLine, RenderTellsAsJsonWhatItDidAndWhatWentWrong) {
  const std::string output = (folder_ / "a.png").string();
  const Outcome good =
      run("render sample:cornell-box --backend cpu --width 16 --height 16 --samples 2 --json -o " + output);
  EXPECT_EQ(good.status, 0);
  EXPECT_TRUE(good.text.starts_with("{\"file\":\"" + output + "\",\"request\":{\"scene\":\"sample:cornell-box\""))
      << good.text;
  const Outcome bad = run("render /nowhere/scene.glb --json -o " + output);
  EXPECT_EQ(bad.status, 1);
  EXPECT_TRUE(bad.text.starts_with("{\"error\":{\"code\":\"io_error\"")) << bad.text;
}

TEST_F(CommandLine, APictureTakesTheLinkAndNotThePlaceOfADevice) {
  const std::string command =
      "render sample:cornell-box --backend cpu --width 16 --height 16 --samples 1 -q --format png -o ";
  const auto pipe = folder_ / "pipe", link = folder_ / "link.png";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(run(command + pipe.string()).status, 1);
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
  std::ofstream(folder_ / "a.png") << "old";
  std::filesystem::create_symlink("a.png", link);
  EXPECT_EQ(run(command + link.string()).status, 0);
  EXPECT_EQ(first_bytes("a.png", 4), "\x89PNG");
  EXPECT_TRUE(std::filesystem::is_symlink(link));
}

TEST_F(CommandLine, WhatStdoutDoesNotTakeIsAFailure) {
  const std::string command = "render sample:cornell-box --backend cpu --width 16 --height 16 --samples 1 --json -o ";
  EXPECT_EQ(run(command + (folder_ / "a.png").string() + " >/dev/full").status, 1);
}

TEST_F(CommandLine, ExportsASampleThatCanBeRendered) {
  const std::string file = (folder_ / "a.glb").string();
  EXPECT_EQ(run("export sample:cornell-box -o " + file).status, 0);
  EXPECT_EQ(first_bytes("a.glb", 4), "glTF");
  EXPECT_NE(run("inspect " + file).text.find("KHR_materials_emissive_strength"), std::string::npos);
  const Outcome unknown = run("export sample:nothing -o " + file);
  EXPECT_EQ(unknown.status, 1);
  EXPECT_NE(unknown.text.find("cornell-box"), std::string::npos) << unknown.text;
}

TEST_F(CommandLine, InspectsABrokenFileWithItsPlace) {
  std::ofstream(folder_ / "b.gltf") << R"({"asset":{"version":"2.0"},"scene":3})";
  const Outcome o = run("inspect " + (folder_ / "b.gltf").string());
  EXPECT_EQ(o.status, 1);
  EXPECT_NE(o.text.find("/scene"), std::string::npos) << o.text;
}

}  // namespace kiln::cli
