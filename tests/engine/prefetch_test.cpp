#include <fstream>
#include <future>

#include "tests/engine/engine_fixture.h"

namespace kiln::engine::test {
namespace {

namespace fs = std::filesystem;

class Prefetch : public LocalEngineFixture {
 protected:
  /// A scene without content, under a name of its own.
  EngineTask task_with_file(const std::string& name) {
    EngineTask t = task("sha256:" + name);
    t.scene_file = folder.path() / name;
    std::ofstream(t.scene_file) << R"({"asset":{"version":"2.0"}})";
    return t;
  }
};

TEST_F(Prefetch, LoadsAndPreparesBesideARender) {
  const EngineTask next = task_with_file("next");
  script.on_pass = [&] {
    if (script.prepared == 1) {
      Gate gate;
      script.on_prepare = gate.hook();
      engine->prefetch(next);
      gate.wait_until_reached();
      fs::remove(next.scene_file);  // it was read
    }
    return Result<void>();
  };
  ASSERT_TRUE(render(task()));
  EXPECT_EQ(script.prepared, 2);
  const auto report = render(next);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(script.prepared, 2) << "it was prepared, or waited for, and not prepared twice";
}

TEST_F(Prefetch, IsWaitedForByTheRenderOfThatScene) {
  engine->open();
  Gate gate;
  script.on_prepare = gate.hook();
  engine->prefetch(task());
  gate.wait_until_reached();
  auto outcome = std::async(std::launch::async, [&] { return render(task()); });
  gate.open();
  EXPECT_TRUE(outcome.get());
  EXPECT_EQ(script.prepared, 1);
}

TEST_F(Prefetch, DoesNotKeepAnotherSceneWaiting) {
  engine->open();
  Gate gate;
  script.on_prepare = gate.hook();
  engine->prefetch(task("sample:material-grid"));
  gate.wait_until_reached();
  script.on_prepare = do_nothing;
  EXPECT_TRUE(render(task()));
  gate.open();
}

TEST_F(Prefetch, AWaitForItCanBeStopped) {
  engine->open();
  Gate gate;
  script.on_prepare = gate.hook();
  engine->prefetch(task());
  gate.wait_until_reached();
  std::stop_source suspend;
  auto outcome = std::async(std::launch::async, [&] { return render(task(), {{}, suspend.get_token()}); });
  suspend.request_stop();
  const auto stopped = outcome.get();
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
  gate.open();
}

TEST_F(Prefetch, AFailureIsLeftToTheRender) {
  engine->open();
  EngineTask missing = task("sha256:00");
  missing.scene_file = folder.path() / "missing.glb";
  engine->prefetch(missing);
  EXPECT_EQ(error_of(missing), ErrorCode::io_error);

  script.prepare_error = Error{ErrorCode::out_of_device_memory, "the device is full", ""};
  Gate gate;
  script.on_prepare = gate.hook();
  engine->prefetch(task());
  gate.wait_until_reached();
  script.prepare_error.reset();
  script.on_prepare = do_nothing;
  gate.open();
  EXPECT_TRUE(render(task()));
  EXPECT_EQ(script.prepared, 2);
}

TEST_F(Prefetch, ComesBeforeTheEngineIsOpenWithoutHarm) {
  engine->prefetch(task());
  EXPECT_TRUE(render(task()));
  EXPECT_EQ(script.prepared, 1);
}

TEST_F(Prefetch, OfAnOldRendererIsNotUsedWithTheNext) {
  engine->open();
  Gate gate;
  script.on_prepare = gate.hook();
  engine->prefetch(task("sample:material-grid"));
  gate.wait_until_reached();
  script.on_prepare = do_nothing;
  script.on_pass = [] { return Error{ErrorCode::device_fault, "illegal address", ""}; };
  EXPECT_FALSE(render(task()));
  script.on_pass = [] { return Result<void>(); };
  gate.open();
  EXPECT_TRUE(render(task("sample:material-grid")));
  EXPECT_EQ(script.made, 2);
  EXPECT_EQ(script.prepared, 3);
}

}  // namespace
}  // namespace kiln::engine::test
