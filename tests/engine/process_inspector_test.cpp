#include "engine/process_inspector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/sanitizers.h"
#include "tests/engine/process_engine_fixture.h"

namespace kiln::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// The process is kiln_engine_child (engine_child.cpp), which does what the file says.
class ProcessInspector : public testing::Test {
 protected:
  ProcessInspector() { options.command = {KILN_ENGINE_CHILD, "inspect"}; }
  ~ProcessInspector() override {
    EXPECT_TRUE(test::has_no_child());
    EXPECT_EQ(test::open_descriptors(), descriptors_);
  }

  Result<AssetSummary> inspect(const std::string& content) {
    const auto file = folder.path() / "a file";
    std::ofstream(file) << content;
    return make_process_inspector(options)->inspect(file, "model/gltf-binary");
  }

  kiln::test::TempFolder folder;
  ProcessInspectorOptions options;

 private:
  std::ptrdiff_t descriptors_ = test::open_descriptors();
};

TEST_F(ProcessInspector, AnswersWhatTheInspectorFound) {
  const auto summary = inspect("a scene");
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->triangles, 12u);
  EXPECT_THAT(summary->cameras, ElementsAre("model/gltf-binary", "a scene"));
}

TEST_F(ProcessInspector, PassesErrorsOn) {
  const auto summary = inspect("invalid");
  EXPECT_EQ(summary.error().code, ErrorCode::invalid_scene);
  EXPECT_EQ(summary.error().pointer, "/scenes/0");
}

TEST_F(ProcessInspector, ACrashIsTheFilesFault) {
  for (const char* how : {"segfault", "abort", "exit", "close"}) {
    const auto summary = inspect(how);
    EXPECT_EQ(summary.error().code, ErrorCode::engine_crashed) << how;
    EXPECT_THAT(summary.error().message, HasSubstr("the file made the inspector crash"));
  }
  EXPECT_THAT(inspect("segfault").error().message, HasSubstr("signal 11 (Segmentation fault)"));
}

TEST_F(ProcessInspector, AProcessThatIsKilledFromOutsideIsNotTheFilesFault) {
  const auto summary = inspect("kill");
  EXPECT_EQ(summary.error().code, ErrorCode::engine_crashed);
  EXPECT_THAT(summary.error().message, HasSubstr("out of memory"));
}

TEST_F(ProcessInspector, GarbageIsNoAnswer) { EXPECT_EQ(inspect("garbage").error().code, ErrorCode::engine_crashed); }

TEST_F(ProcessInspector, TakesNoLongerThanTheTimeout) {
  options.timeout_s = 0.2;
  for (const char* how : {"hang", "stop", "spin"}) {
    const auto summary = inspect(how);
    EXPECT_EQ(summary.error().code, ErrorCode::limit_exceeded) << how;
    EXPECT_THAT(summary.error().message, HasSubstr("took longer than 0.2 s"));
  }
}

TEST_F(ProcessInspector, TakesNoMoreProcessorTimeThanTheLimit) {
  options.processor_s = 1;
  const auto summary = inspect("spin");
  EXPECT_EQ(summary.error().code, ErrorCode::limit_exceeded);
  EXPECT_THAT(summary.error().message, HasSubstr("1 s of processor time"));
}

TEST_F(ProcessInspector, TakesNoMoreMemoryThanTheLimit) {
  if (kIsSanitized) GTEST_SKIP() << "sanitizers reserve more addresses than any limit leaves";
  options.address_bytes = std::uint64_t{1} << 30;
  EXPECT_EQ(inspect("large").error().code, ErrorCode::limit_exceeded);
  EXPECT_TRUE(inspect("a scene"));
}

TEST_F(ProcessInspector, NamesAProgramThatCannotBeStarted) {
  options.command = {"/nowhere/kiln"};
  EXPECT_EQ(inspect("a scene").error().code, ErrorCode::io_error);
}

}  // namespace
}  // namespace kiln::engine
