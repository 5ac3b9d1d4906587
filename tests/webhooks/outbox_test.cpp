#include "webhooks/outbox.h"

#include <gtest/gtest.h>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "base/clock.h"
#include "store/memory_delivery_store.h"
#include "tests/jobs/fakes.h"
#include "tests/webhooks/fake_sender.h"
#include "webhooks/events.h"

namespace kiln::webhooks {
namespace {

using namespace std::chrono_literals;
using jobs::test::Gate;
using jobs::test::World;
using store::DeliveryState;
using test::FakeSender;

constexpr const char* kUrl = "https://example.org/hook";
constexpr const char* kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A store in memory that outlives outboxes, and refuses new deliveries when the test says so.
class FlakyDeliveryStore final : public store::DeliveryStore {
 public:
  explicit FlakyDeliveryStore(const boost::asio::any_io_executor& strand) : strand_(strand), inner_(strand) {}

  void insert(std::shared_ptr<const store::StoredDelivery> delivery, store::StoreDone done) override {
    if (!insert_error) return inner_.insert(std::move(delivery), std::move(done));
    ++refused;
    boost::asio::post(strand_, [done = std::move(done), error = *insert_error] { done(error); });
  }
  void update(store::Delivery delivery, store::StoreDone done) override {
    inner_.update(std::move(delivery), std::move(done));
  }
  void find(const std::string& id, FindDone done) override { inner_.find(id, std::move(done)); }
  void list(store::DeliveryQuery query, ListDone done) override { inner_.list(std::move(query), std::move(done)); }
  void trim(WallTime before, std::size_t most, store::StoreDone done) override {
    inner_.trim(before, most, std::move(done));
  }
  Result<store::DeliveryIndex> load_index() override { return inner_.load_index(); }

  std::optional<Error> insert_error;
  int refused = 0;

 private:
  boost::asio::any_io_executor strand_;
  store::MemoryDeliveryStore inner_;
};

class OutboxTest : public testing::Test {
 protected:
  OutboxTest() {
    options.random = [this] { return random; };
    options.wall_clock = [this] { return world.wall_time; };
    options.store_retry_s = 0.001;
    options.drain_s = 0.001;
    options.job_json = [](const jobs::JobView& view) {
      return R"({"id":")" + to_string(view.job->id) + R"(","status":")" + std::string(name_of(view.job->state)) + "\"}";
    };
    options.batch_json = [](const jobs::BatchView& view) {
      return R"({"id":")" + to_string(view.batch->id) + R"(","status":")" + std::string(name_of(view.state)) + "\"}";
    };
    world.start();
  }

  /// Also again: then what an earlier one stored is there.
  void start() {
    outbox.reset();
    outbox.emplace(world.io.get_executor(), *world.service, deliveries, sender, Signer::from_secrets(kSecret).value(),
                   options);
  }

  static std::shared_ptr<const WebhookTarget> target(std::vector<std::string> events, const char* url = kUrl) {
    return std::make_shared<const WebhookTarget>(WebhookTarget{url, std::move(events)});
  }

  JobId submit(std::shared_ptr<const WebhookTarget> webhook) {
    std::optional<JobId> id;
    Submission submission{World::request()};
    submission.webhook = std::move(webhook);
    world.service->submit(std::move(submission),
                          [&](const Result<jobs::Accepted>& accepted) { id = accepted.value().job->id; });
    world.until([&] { return id.has_value(); });
    return *id;
  }

  JobId submit_and_succeed(std::shared_ptr<const WebhookTarget> webhook) {
    const JobId id = submit(std::move(webhook));
    gate.let_succeed();
    world.until_state(id, JobState::succeeded);
    return id;
  }

  void until_sent(std::size_t number) {
    world.until([&] { return sender.sent.size() >= number; });
  }

  std::vector<store::Delivery> stored(store::DeliveryQuery query = {}) {
    std::optional<store::DeliveryPage> page;
    outbox->list(std::move(query), [&](Result<store::DeliveryPage> found) { page = std::move(found.value()); });
    world.until([&] { return page.has_value(); });
    return page->deliveries;
  }

  void until_stored(DeliveryState state, std::size_t number = 1) {
    world.until([&] { return stored({.state = state}).size() == number; });
  }

  Result<store::Delivery> redeliver(const std::string& id) {
    std::optional<Result<store::Delivery>> answer;
    outbox->redeliver(id, [&](Result<store::Delivery> delivery) { answer = std::move(delivery); });
    world.until([&] { return answer.has_value(); });
    return *answer;
  }

  /// Runs what can happen, and then some: nothing more may.
  void expect_sent(std::size_t number) {
    until_sent(number);
    for (int i = 0; i < 3; ++i) {
      stored();
      world.settle();
    }
    EXPECT_EQ(sender.sent.size(), number);
  }

  static std::string header(const Message& message, const std::string& name) {
    for (const std::string& line : message.headers) {
      if (line.starts_with(name + ": ")) return line.substr(name.size() + 2);
    }
    return "";
  }

  Gate gate;
  World world{gate.behaviour()};
  FlakyDeliveryStore deliveries{world.io.get_executor()};
  FakeSender sender{world.io.get_executor()};
  double random = 0;  ///< waits between attempts are none
  OutboxOptions options;
  std::optional<Outbox> outbox;
};

TEST_F(OutboxTest, TellsOfAJobsEnd) {
  start();
  const JobId id = submit_and_succeed(target({"job.succeeded", "job.failed"}));
  expect_sent(1);
  const Message& message = sender.sent.front();
  EXPECT_EQ(message.url, kUrl);
  const auto body = nlohmann::json::parse(message.body);
  EXPECT_EQ(body["type"], "job.succeeded");
  EXPECT_EQ(body["timestamp"], rfc3339(*world.service->find(id).job->finished_at));
  EXPECT_EQ(body["data"], (nlohmann::json{{"id", to_string(id)}, {"status", "succeeded"}}));
  EXPECT_EQ(body.size(), 3u);
}

TEST_F(OutboxTest, SignsEachMessageWithItsIdAndTime) {
  start();
  const JobId id = submit_and_succeed(target({"job.succeeded"}));
  expect_sent(1);
  const Message& message = sender.sent.front();
  const std::string message_id = header(message, "webhook-id");
  EXPECT_EQ(message_id, "msg_" + to_string(id) + "_succeeded");
  const auto seconds = std::chrono::floor<std::chrono::seconds>(world.wall_time.time_since_epoch()).count();
  EXPECT_EQ(header(message, "webhook-timestamp"), std::to_string(seconds));
  EXPECT_EQ(header(message, "webhook-signature"),
            Signer::from_secrets(kSecret).value().sign(message_id, seconds, message.body));
}

TEST_F(OutboxTest, RecordsWhatArrived) {
  start();
  const JobId id = submit_and_succeed(target({"job.succeeded"}));
  until_stored(DeliveryState::delivered);
  const store::Delivery delivery = stored().at(0);
  EXPECT_EQ(delivery.subject, to_string(id));
  EXPECT_EQ(delivery.event, "job.succeeded");
  EXPECT_EQ(delivery.attempts, 1u);
  EXPECT_EQ(delivery.last_status, 200u);
  EXPECT_EQ(outbox->stats().delivered, 1u);
  EXPECT_EQ(outbox->stats().pending, 0u);
}

TEST_F(OutboxTest, TellsOnlyWhatIsAskedFor) {
  start();
  submit_and_succeed(nullptr);
  submit_and_succeed(target({"job.failed", "job.cancelled"}));
  submit_and_succeed(target({"job.started"}));
  expect_sent(1);
  EXPECT_EQ(nlohmann::json::parse(sender.sent[0].body)["type"], "job.started");
  EXPECT_EQ(nlohmann::json::parse(sender.sent[0].body)["data"]["status"], "running");
}

TEST_F(OutboxTest, TellsOfFailureAndCancel) {
  start();
  const auto all = target(default_events());
  const JobId failed = submit(all);
  gate.let_fail(ErrorCode::invalid_scene);
  world.until_state(failed, JobState::failed);
  const JobId running = submit(all), queued = submit(all);
  world.cancel(queued).value();
  world.cancel(running).value();
  until_sent(3);
  std::set<std::string> ids;
  for (const Message& message : sender.sent) ids.insert(header(message, "webhook-id"));
  EXPECT_EQ(ids,
            (std::set<std::string>{"msg_" + to_string(failed) + "_failed", "msg_" + to_string(running) + "_cancelled",
                                   "msg_" + to_string(queued) + "_cancelled"}));
}

TEST_F(OutboxTest, TellsTheReceiverOfAllBesideAJobsOwn) {
  options.for_all = target({"job.succeeded"}, "https://all.example.org/");
  start();
  submit_and_succeed(target({"job.succeeded"}));
  submit_and_succeed(nullptr);
  expect_sent(3);
  std::map<std::string, int> by_url;
  std::set<std::string> ids;
  for (const Message& message : sender.sent) {
    ++by_url[message.url];
    ids.insert(header(message, "webhook-id"));
  }
  EXPECT_EQ(by_url[kUrl], 1);
  EXPECT_EQ(by_url["https://all.example.org/"], 2);
  EXPECT_EQ(ids.size(), 3u);
}

TEST_F(OutboxTest, SendsTheSameUntilItIsTaken) {
  sender.outcome = {500, "", {}, false};
  start();
  submit_and_succeed(target({"job.succeeded"}));
  until_sent(3);
  sender.outcome = {204, "", {}, false};
  until_stored(DeliveryState::delivered);
  for (const Message& message : sender.sent) {
    EXPECT_EQ(header(message, "webhook-id"), header(sender.sent[0], "webhook-id"));
    EXPECT_EQ(message.body, sender.sent[0].body);
  }
  EXPECT_EQ(stored()[0].attempts, sender.sent.size());
  EXPECT_EQ(outbox->stats().failed_attempts, sender.sent.size() - 1);
}

TEST_F(OutboxTest, WaitsBetweenTwoAttempts) {
  random = 0.5;
  sender.outcome = {500, "", {}, false};
  start();
  submit_and_succeed(target({"job.succeeded"}));
  expect_sent(1);
  EXPECT_EQ(stored().at(0).next_at, std::chrono::floor<std::chrono::microseconds>(world.wall_time) + 2500ms);
  EXPECT_EQ(outbox->stats().pending, 1u);
}

TEST_F(OutboxTest, GoesOnAfterARestart) {
  random = 0.5;
  sender.outcome = {500, "", {}, false};
  start();
  submit_and_succeed(target({"job.succeeded"}));
  expect_sent(1);
  until_stored(DeliveryState::pending);
  start();
  expect_sent(1);
  world.wall_time += 10s;
  start();
  expect_sent(2);
  EXPECT_EQ(header(sender.sent[0], "webhook-id"), header(sender.sent[1], "webhook-id"));
  EXPECT_EQ(sender.sent[0].body, sender.sent[1].body);
}

TEST_F(OutboxTest, TellsOfEndsWhoseDeliveryACrashPrevented) {
  const JobId id = submit_and_succeed(target({"job.succeeded"}));
  submit_and_succeed(target({"job.failed"}));
  start();
  expect_sent(1);
  EXPECT_EQ(header(sender.sent[0], "webhook-id"), "msg_" + to_string(id) + "_succeeded");
  until_stored(DeliveryState::delivered);
  start();
  expect_sent(1);
}

TEST_F(OutboxTest, DoesNotTellOfEndsLongAgo) {
  submit_and_succeed(target({"job.succeeded"}));
  world.wall_time += 25h;
  start();
  expect_sent(0);
}

TEST_F(OutboxTest, TheReceiverOfAllHearsOnlyOfWhatEndedSinceItWasChosen) {
  submit_and_succeed(nullptr);
  world.wall_time += 1h;
  options.for_all = target({"job.succeeded"});
  options.for_all_since = world.wall_time;
  world.wall_time += 1h;
  const JobId id = submit_and_succeed(nullptr);
  start();
  expect_sent(1);
  EXPECT_EQ(header(sender.sent[0], "webhook-id"), "msg_" + to_string(id) + "_succeeded_all");
}

TEST_F(OutboxTest, TheReceiverOfAllHearsOnWhenTheClockIsSetBack) {
  options.for_all = target({"job.succeeded"});
  options.for_all_since = world.wall_time;
  start();
  world.wall_time -= 1h;
  submit_and_succeed(nullptr);
  expect_sent(1);
}

TEST_F(OutboxTest, DoesNotRepeatWhatItsStoreHadNoRoomToRemember) {
  options.most_kept = 2;
  start();
  for (int i = 0; i < 4; ++i) {
    world.wall_time += 1s;
    submit_and_succeed(target({"job.succeeded"}));
    until_sent(static_cast<std::size_t>(i) + 1);
  }
  until_stored(DeliveryState::delivered, 4);
  start();  // forgets two
  until_stored(DeliveryState::delivered, 2);
  start();
  expect_sent(4);
}

TEST_F(OutboxTest, ForgetsWhatEndedLongAgo) {
  start();
  submit_and_succeed(target({"job.succeeded"}));
  until_stored(DeliveryState::delivered);
  world.wall_time += 24h * 8;
  start();
  until_stored(DeliveryState::delivered, 0);
  expect_sent(1);
}

TEST_F(OutboxTest, KeepsWhatCannotBeStoredUntilItCan) {
  deliveries.insert_error = Error{ErrorCode::storage_full, "no space left on device", ""};
  start();
  submit_and_succeed(target({"job.succeeded"}));
  world.until([&] { return deliveries.refused > 2; });
  EXPECT_TRUE(sender.sent.empty());
  deliveries.insert_error.reset();
  expect_sent(1);
}

TEST_F(OutboxTest, ADeadReceiverHoldsNeitherJobsNorOtherReceivers) {
  sender.hold = true;
  start();
  for (int i = 0; i < 5; ++i) submit_and_succeed(target({"job.succeeded"}, "https://dead.example.org/"));
  until_sent(2);
  expect_sent(2);  // its share
  sender.hold = false;
  submit_and_succeed(target({"job.succeeded"}));
  expect_sent(3);
  EXPECT_EQ(outbox->stats().pending, 5u);
}

TEST_F(OutboxTest, TooManyThatWaitAreGivenUpAtOnce) {
  options.most_waiting = 2;
  sender.hold = true;
  start();
  for (int i = 0; i < 5; ++i) submit_and_succeed(target({"job.succeeded"}));
  until_stored(DeliveryState::pending, 4);  // two are under way
  until_stored(DeliveryState::failed, 1);
  EXPECT_EQ(stored({.state = DeliveryState::failed})[0].last_error, "too many deliveries waited");
  EXPECT_EQ(outbox->stats().failed, 1u);
}

TEST_F(OutboxTest, DeliversAgainWhenAsked) {
  start();
  submit_and_succeed(target({"job.succeeded"}));
  until_stored(DeliveryState::delivered);
  const auto again = redeliver(stored()[0].id);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->state, DeliveryState::pending);
  expect_sent(2);
  until_stored(DeliveryState::delivered);
  EXPECT_EQ(stored()[0].attempts, 2u);
  EXPECT_EQ(sender.sent[0].body, sender.sent[1].body);
  EXPECT_EQ(header(sender.sent[0], "webhook-id"), header(sender.sent[1], "webhook-id"));
}

TEST_F(OutboxTest, DeliversAtOnceWhatWaitsWhenAsked) {
  random = 0.999;
  sender.outcome = {500, "", {}, false};
  start();
  submit_and_succeed(target({"job.succeeded"}));
  expect_sent(1);
  until_stored(DeliveryState::pending);
  sender.outcome = {200, "", {}, false};
  ASSERT_TRUE(redeliver(stored()[0].id));
  expect_sent(2);
  until_stored(DeliveryState::delivered);
  world.wall_time += 1h;  // the attempt that waited comes due, and finds nothing to do
  submit_and_succeed(target({"job.succeeded"}));
  expect_sent(3);
}

TEST_F(OutboxTest, KnowsNoOtherDeliveries) {
  start();
  const auto unknown = redeliver("msg_1");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::unknown_delivery);
}

TEST_F(OutboxTest, StopsAfterADay) {
  random = 0.5;
  sender.outcome = {0, "connection refused", {}, false};
  start();
  submit_and_succeed(target({"job.succeeded"}));
  expect_sent(1);
  until_stored(DeliveryState::pending);
  world.wall_time += 25h;
  start();
  expect_sent(2);
  until_stored(DeliveryState::failed);
  EXPECT_EQ(outbox->stats().failed, 1u);
  EXPECT_EQ(stored()[0].last_error, "connection refused");
}

TEST_F(OutboxTest, DrainsWhatIsUnderWay) {
  options.drain_s = 3600;
  sender.hold = true;
  start();
  submit_and_succeed(target({"job.succeeded"}));
  until_sent(1);
  bool quiet = false;
  outbox->drain([&] { quiet = true; });
  world.settle();
  EXPECT_FALSE(quiet);
  sender.answer_first({200, "", {}, false});
  world.until([&] { return quiet; });
  until_stored(DeliveryState::delivered);
}

TEST_F(OutboxTest, DrainingLeavesAHangingReceiverForTheNextStart) {
  sender.hold = true;
  start();
  submit_and_succeed(target({"job.succeeded"}));
  until_sent(1);
  bool quiet = false;
  outbox->drain([&] { quiet = true; });
  world.until([&] { return quiet; });
  EXPECT_EQ(stored().at(0).state, DeliveryState::pending);
  EXPECT_EQ(stored().at(0).attempts, 0u);
  EXPECT_EQ(redeliver(stored()[0].id).error().code, ErrorCode::draining);
  submit_and_succeed(target({"job.succeeded"}));  // recorded, not sent
  EXPECT_EQ(stored().size(), 2u);
  EXPECT_EQ(sender.sent.size(), 1u);
  sender.hold = false;
  start();
  expect_sent(3);
}

TEST_F(OutboxTest, QuietAtOnceWhenNothingIsUnderWay) {
  start();
  bool quiet = false;
  outbox->drain([&] { quiet = true; });
  EXPECT_FALSE(quiet) << "never inside the call";
  world.until([&] { return quiet; });
}

TEST_F(OutboxTest, TellsOfABatchOnceWhenItsLastJobEnded) {
  start();
  jobs::BatchSubmission submission;
  submission.requests = {World::request(), World::request()};
  submission.requests[1].seed = 1;
  submission.webhook = target({"batch.finished"});
  std::optional<JobId> batch;
  world.service->submit_batch(std::move(submission),
                              [&](const Result<jobs::AcceptedBatch>& accepted) { batch = accepted.value().batch->id; });
  world.until([&] { return batch.has_value(); });
  gate.let_succeed();
  gate.let_succeed();
  until_sent(1);
  until_stored(DeliveryState::delivered);
  expect_sent(1);
  EXPECT_EQ(header(sender.sent[0], "webhook-id"), "msg_" + to_string(*batch) + "_finished");
  const auto body = nlohmann::json::parse(sender.sent[0].body);
  EXPECT_EQ(body["type"], "batch.finished");
  EXPECT_EQ(body["data"]["status"], "succeeded");
  start();
  expect_sent(1);
}

}  // namespace
}  // namespace kiln::webhooks
