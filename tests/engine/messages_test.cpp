#include "engine/messages.h"

#include <gtest/gtest.h>
#include <random>

#include "engine/wire.h"

namespace kiln::engine {
namespace {

EngineTask some_task() {
  EngineTask task;
  task.id = *job_id_from_string("6f1c0d5e-8a3b-4c2d-9e1f-001122334455");
  task.attempt = 3;
  task.request.scene = "sample:cornell-box";
  task.request.camera.placement = OrbitCamera{{1, 2, 3}, 10, 80, 2.5f};
  task.request.seed = (std::uint64_t{1} << 53) - 1;
  task.request.time_limit_s = 12.5f;
  task.request.metadata = R"({"secret":1})";
  task.scene_file = "/data/assets/ünïcode.glb";
  task.result_file = "/data/staging/1";
  task.checkpoint_file = "/data/checkpoints/1";
  return task;
}

std::vector<std::string> all_texts() {
  const AttemptKey key = key_of(some_task());
  RenderReport report;
  report.samples = 12;
  report.backend = "cpu";
  std::vector<std::string> texts;
  for (const ToEngine& m :
       {ToEngine(RenderMessage{some_task()}), ToEngine(PrefetchMessage{some_task()}),
        ToEngine(StopMessage{key, StopKind::suspend}), ToEngine(PreviewMessage{7, key, "/data/staging/2"})}) {
    texts.push_back(to_text(m));
  }
  for (const FromEngine& m :
       {FromEngine(HelloMessage{"kiln 1"}), FromEngine(StatusMessage{{true, "cuda", "a GPU", "found"}}),
        FromEngine(ProgressMessage{key, 0.5}), FromEngine(RenderedMessage{key, {}}),
        FromEngine(RenderedMessage{key, Error{ErrorCode::cancelled, "stopped", ""}}),
        FromEngine(PreviewedMessage{7, Preview{1200, 0.5}}),
        FromEngine(PreviewedMessage{7, Error{ErrorCode::job_not_running, "it has ended", ""}}),
        FromEngine(FinishedMessage{key, report}),
        FromEngine(FinishedMessage{key, Error{ErrorCode::invalid_scene, "no", "/nodes/0"}})}) {
    texts.push_back(to_text(m));
  }
  return texts;
}

TEST(Messages, ATaskComesBackAsItWasButForTheClientsMetadata) {
  const auto message = to_engine_from_text(to_text(ToEngine(RenderMessage{some_task()})));
  ASSERT_TRUE(message) << message.error().message;
  const EngineTask& task = std::get<RenderMessage>(*message).task;
  EXPECT_EQ(key_of(task), key_of(some_task()));
  EXPECT_EQ(task.request.seed, some_task().request.seed);
  EXPECT_EQ(task.request.time_limit_s, 12.5f);
  EXPECT_EQ(std::get<OrbitCamera>(task.request.camera.placement).radius, 2.5f);
  EXPECT_EQ(task.request.metadata, "{}");
  EXPECT_EQ(task.scene_file, some_task().scene_file);
  EXPECT_EQ(task.checkpoint_file, some_task().checkpoint_file);
}

TEST(Messages, WhatTheEngineSaysComesBackAsItWas) {
  const AttemptKey key = key_of(some_task());
  const auto progress = from_engine_from_text(to_text(FromEngine(ProgressMessage{key, 0.375})));
  EXPECT_EQ(std::get<ProgressMessage>(*progress).key, key);
  EXPECT_EQ(std::get<ProgressMessage>(*progress).value, 0.375);
  const Error error{ErrorCode::out_of_device_memory, "the GPU is full", ""};
  const auto failed = from_engine_from_text(to_text(FromEngine(FinishedMessage{key, error})));
  EXPECT_EQ(std::get<FinishedMessage>(*failed).outcome.error().code, ErrorCode::out_of_device_memory);
  const auto status = from_engine_from_text(to_text(FromEngine(StatusMessage{{true, "cpu", "a CPU", "why"}})));
  EXPECT_TRUE(std::get<StatusMessage>(*status).status.ready);
  EXPECT_EQ(std::get<StatusMessage>(*status).status.reason, "why");
}

TEST(Messages, AStopComesBackAsItWas) {
  for (const StopKind how : {StopKind::cancel, StopKind::suspend, StopKind::drop}) {
    const auto stop = to_engine_from_text(to_text(ToEngine(StopMessage{key_of(some_task()), how})));
    EXPECT_EQ(std::get<StopMessage>(*stop).how, how);
  }
}

TEST(Messages, APictureSoFarIsAskedForAndAnswered) {
  const AttemptKey key = key_of(some_task());
  const auto asked = to_engine_from_text(to_text(ToEngine(PreviewMessage{9, key, "/data/ünïcode"})));
  EXPECT_EQ(std::get<PreviewMessage>(*asked).number, 9u);
  EXPECT_EQ(std::get<PreviewMessage>(*asked).key, key);
  EXPECT_EQ(std::get<PreviewMessage>(*asked).file, "/data/ünïcode");
  const auto shown = from_engine_from_text(to_text(FromEngine(PreviewedMessage{9, Preview{1'000'000'000'000, 0.25}})));
  EXPECT_EQ(std::get<PreviewedMessage>(*shown).number, 9u);
  EXPECT_EQ(std::get<PreviewedMessage>(*shown).outcome->samples, 1'000'000'000'000u);
  EXPECT_EQ(std::get<PreviewedMessage>(*shown).outcome->newest_for_s, 0.25);
  const Error none{ErrorCode::job_not_running, "it has ended", ""};
  const auto refused = from_engine_from_text(to_text(FromEngine(PreviewedMessage{9, none})));
  EXPECT_EQ(std::get<PreviewedMessage>(*refused).outcome.error().code, ErrorCode::job_not_running);
}

TEST(Messages, APictureThatIsKeptSaysWhyItsRenderWasStopped) {
  const AttemptKey key = key_of(some_task());
  const Error late{ErrorCode::time_limit_exceeded, "too long", ""};
  const auto kept = from_engine_from_text(to_text(FromEngine(RenderedMessage{key, late})));
  EXPECT_EQ(std::get<RenderedMessage>(*kept).stopped_by->code, ErrorCode::time_limit_exceeded);
  EXPECT_FALSE(
      std::get<RenderedMessage>(*from_engine_from_text(to_text(FromEngine(RenderedMessage{key, {}})))).stopped_by);
}

TEST(Messages, AnInspectionComesBackAsItWas) {
  AssetSummary summary;
  summary.kind = AssetKind::environment;
  summary.width = 2048;
  EXPECT_EQ(inspection_from_text(to_text(Result<AssetSummary>(summary)))->width, 2048u);
  const Error error{ErrorCode::external_uri, "the file refers to another", "/buffers/0/uri"};
  EXPECT_EQ(inspection_from_text(to_text(Result<AssetSummary>(error))).error().pointer, "/buffers/0/uri");
  EXPECT_EQ(inspection_from_text("{}").error().code, ErrorCode::io_error);
}

TEST(Messages, RefusesWhatIsNoMessage) {
  for (const char* text :
       {"", "{", "[]", "null", "{}", R"({"type":"dance"})", R"({"type":7})", R"({"type":"stop","job":"x"})",
        R"({"type":"stop","job":"6f1c0d5e-8a3b-4c2d-9e1f-001122334455","attempt":1,"how":"softly"})",
        R"({"type":"progress","job":"6f1c0d5e-8a3b-4c2d-9e1f-001122334455","attempt":"one","value":0})",
        R"({"type":"finished","job":"6f1c0d5e-8a3b-4c2d-9e1f-001122334455","attempt":1})"}) {
    EXPECT_EQ(to_engine_from_text(text).error().code, ErrorCode::io_error) << text;
    EXPECT_EQ(from_engine_from_text(text).error().code, ErrorCode::io_error) << text;
  }
}

TEST(Messages, ProgressStaysBetweenNothingAndAll) {
  const std::string text = R"({"type":"progress","job":"6f1c0d5e-8a3b-4c2d-9e1f-001122334455","attempt":1,"value":)";
  EXPECT_EQ(std::get<ProgressMessage>(*from_engine_from_text(text + "1e300}")).value, 1);
  EXPECT_EQ(std::get<ProgressMessage>(*from_engine_from_text(text + "-5}")).value, 0);
}

/// Changes, drops, doubles or adds a few bytes.
std::string damage(std::string bytes, std::mt19937& random) {
  const auto pick = [&](std::size_t n) { return n == 0 ? 0 : random() % n; };
  for (auto changes = 1 + random() % 4; changes > 0; --changes) {
    const std::size_t at = pick(bytes.size());
    switch (random() % 4) {
      case 0:
        bytes[at] = static_cast<char>(random());
        break;
      case 1:
        bytes.erase(at, pick(20));
        break;
      case 2:
        bytes.insert(at, bytes.substr(at, pick(40)));
        break;
      default:
        bytes.insert(at, 1, "{}[]\",:0e\\"[random() % 10]);
    }
    if (bytes.empty()) return bytes;
  }
  return bytes;
}

TEST(Messages, DamagedStreamsAreRefusedOrUnderstoodButNeverHarm) {
  std::mt19937 random(7);
  const std::vector<std::string> texts = all_texts();
  std::size_t refused = 0, understood = 0;
  for (int i = 0; i < 4000; ++i) {
    FrameReader reader;
    const std::string& text = texts[random() % texts.size()];
    // Half of them keep a good header, so that the damage reaches the reader of JSON.
    reader.feed(i % 2 == 0 ? damage(*frame_of(text), random) : *frame_of(damage(text, random)));
    while (true) {
      const auto cut = reader.next();
      if (!cut) ++refused;
      if (!cut || !*cut) break;
      const bool known = to_engine_from_text(**cut) || from_engine_from_text(**cut) || inspection_from_text(**cut);
      ++(known ? understood : refused);
    }
  }
  EXPECT_GT(refused, 1000u);
  EXPECT_GT(understood, 100u);
}

}  // namespace
}  // namespace kiln::engine
