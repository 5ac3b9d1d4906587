// Pictures so far: any number of clients, one question to the engine.
#include <gtest/gtest.h>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "base/job_id.h"
#include "jobs/service.h"
#include "tests/jobs/fakes.h"

namespace kiln::jobs::test {
namespace {

class PictureSoFar : public testing::Test {
 protected:
  struct Question {
    JobId id;
    std::uint32_t attempt;
    std::filesystem::path file;
    PreviewCallback done;
  };

  PictureSoFar() {
    world.engine.previewing = [this](const JobId& id, std::uint32_t attempt, const std::filesystem::path& file,
                                     PreviewCallback done) {
      questions.push_back({id, attempt, file, std::move(done)});
    };
    world.start();
  }

  JobId running_job() {
    RenderRequest request = World::request();
    request.width = request.height = 100;
    const JobId id = world.submit_and_wait(request).value()->id;
    world.until_state(id, JobState::running);
    return id;
  }

  /// The engine's answer, on a thread of its own.
  void answer(std::size_t question, const Result<Preview>& preview, const std::string& picture = "") {
    std::jthread([&] {
      const Question asked = std::move(questions.at(question));
      if (preview) write_file_atomically(asked.file, std::as_bytes(std::span(picture))).value();
      asked.done(preview);
    });
  }

  void ask(const JobId& id) {
    world.service->preview(id, [this](Result<SoFarPtr> so_far) { answers.push_back(std::move(so_far)); });
  }
  ErrorCode refusal(const JobId& id) {
    ask(id);
    EXPECT_TRUE(answers.empty()) << "never inside the call";
    world.until([&] { return !answers.empty(); });
    const auto so_far = std::exchange(answers, {}).front();
    return so_far ? ErrorCode::internal : so_far.error().code;
  }

  Gate gate;
  std::vector<Question> questions;
  std::vector<Result<SoFarPtr>> answers;
  World world{gate.behaviour()};
};

TEST_F(PictureSoFar, IsAskedForOnceHoweverManyWantIt) {
  const JobId id = running_job();
  for (int i = 0; i < 100; ++i) ask(id);
  ASSERT_EQ(questions.size(), 1u);
  EXPECT_EQ(questions[0].id, id);
  EXPECT_EQ(questions[0].attempt, 1u);
  answer(0, Preview{25'000, 3600}, "half a picture");
  world.until([&] { return answers.size() == 100; });
  for (const auto& so_far : answers) {
    ASSERT_TRUE(so_far) << so_far.error().message;
    EXPECT_EQ(*so_far, *answers[0]);
  }
  EXPECT_EQ(*answers[0].value()->png, "half a picture");
  EXPECT_EQ(answers[0].value()->samples_per_pixel, 2.5);
  EXPECT_EQ(answers[0].value()->attempt, 1u);
  EXPECT_EQ(world.staged_files(), 0u);
  ask(id);
  world.until([&] { return answers.size() == 101; });
  EXPECT_EQ(answers.back().value(), answers[0].value()) << "there is no newer one";
  EXPECT_EQ(questions.size(), 1u);
}

TEST_F(PictureSoFar, IsAskedForAgainOnceThereMayBeANewerOne) {
  const JobId id = running_job();
  for (std::size_t i = 0; i < 3; ++i) {
    ask(id);
    ASSERT_EQ(questions.size(), i + 1);
    answer(i, Preview{10'000 * (i + 1), 0}, "a picture");
    world.until([&] { return answers.size() == i + 1; });
    EXPECT_EQ(answers[i].value()->samples_per_pixel, static_cast<double>(i + 1));
  }
}

TEST_F(PictureSoFar, IsThereOnlyWhileTheJobRuns) {
  EXPECT_EQ(refusal(random_job_id()), ErrorCode::unknown_job);
  const JobId id = running_job(), waiting = world.submit();
  EXPECT_EQ(refusal(waiting), ErrorCode::job_not_running);
  gate.let_succeed();
  world.until_state(id, JobState::succeeded);
  EXPECT_EQ(refusal(id), ErrorCode::job_not_running);
  EXPECT_TRUE(questions.empty());
}

TEST_F(PictureSoFar, PassesOnWhatTheEngineSays) {
  const JobId id = running_job();
  for (std::size_t i = 0; i < 2; ++i) {
    ask(id);
    answer(i, Error{ErrorCode::job_not_running, "it has no sample yet", ""});
    world.until([&] { return answers.size() == i + 1; });
    EXPECT_EQ(answers[i].error().code, ErrorCode::job_not_running) << "and is asked again the next time";
  }
}

TEST_F(PictureSoFar, IsNotKeptBeyondTheEndOfTheJob) {
  const JobId id = running_job();
  ask(id);
  answer(0, Preview{10'000, 3600}, "a picture");
  world.until([&] { return !answers.empty(); });
  const std::weak_ptr<const std::string> bytes = answers[0].value()->png;
  answers.clear();
  EXPECT_FALSE(bytes.expired()) << "the next one may have it";
  gate.let_succeed();
  world.until_state(id, JobState::succeeded);
  EXPECT_TRUE(bytes.expired());
}

TEST_F(PictureSoFar, ThatComesAfterTheEndIsAnsweredAndNotKept) {
  const JobId id = running_job();
  ask(id);
  gate.let_succeed();
  world.until_state(id, JobState::succeeded);
  answer(0, Preview{10'000, 3600}, "a late picture");
  world.until([&] { return !answers.empty(); });
  const std::weak_ptr<const std::string> bytes = answers[0].value()->png;
  answers.clear();
  EXPECT_TRUE(bytes.expired());
  EXPECT_EQ(world.staged_files(), 0u);
}

TEST_F(PictureSoFar, OfAnEarlierAttemptIsNotTakenForThatOfTheNext) {
  const JobId id = running_job();
  ask(id);
  gate.let_fail(ErrorCode::engine_crashed);
  world.until([&] { return gate.begun() == 2; });
  world.until_state(id, JobState::running);
  ask(id);
  ASSERT_EQ(questions.size(), 2u);
  EXPECT_EQ(questions[1].attempt, 2u);
  answer(1, Preview{10'000, 3600}, "the second");
  world.until([&] { return answers.size() == 1; });
  EXPECT_EQ(*answers[0].value()->png, "the second");
  answer(0, Error{ErrorCode::job_not_running, "lost", ""});
  world.until([&] { return answers.size() == 2; });
  EXPECT_EQ(answers[1].error().code, ErrorCode::job_not_running);
}

TEST_F(PictureSoFar, MayComeAfterTheServiceIsGone) {
  const JobId id = running_job();
  ask(id);
  world.service.reset();
  answer(0, Preview{10'000, 3600}, "for nobody");
  world.settle();
  EXPECT_TRUE(answers.empty());
  EXPECT_EQ(world.staged_files(), 0u);
}

TEST_F(PictureSoFar, AnEngineThatThrowsIsAnError) {
  world.engine.previewing = [](const JobId&, std::uint32_t, const std::filesystem::path&, const PreviewCallback&) {
    throw std::runtime_error("what a mess");
  };
  EXPECT_EQ(refusal(running_job()), ErrorCode::internal);
}

TEST_F(PictureSoFar, AFileThatIsNotThereIsAnError) {
  ask(running_job());
  std::jthread([asked = std::move(questions.at(0))] { asked.done(Preview{10'000, 0}); });
  world.until([&] { return !answers.empty(); });
  EXPECT_EQ(answers[0].error().code, ErrorCode::io_error);
}

}  // namespace
}  // namespace kiln::jobs::test
