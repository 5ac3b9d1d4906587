#include <gtest/gtest.h>
#include <optional>

#include "store/memory_delivery_store.h"
#include "tests/store/sqlite_fixture.h"

namespace kiln::store {
namespace {

using namespace std::chrono_literals;

const WallTime kStart{1'700'000'000'123'456us};

/// Both stores, through one interface.
class DeliveryStoreTest : public test::SqliteFixture, public testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    if (GetParam()) open();
  }

  DeliveryStore& deliveries() { return GetParam() ? store->deliveries() : memory; }

  static StoredDelivery make(const std::string& id, const std::string& subject = "job-1") {
    StoredDelivery stored;
    stored.delivery.id = id;
    stored.delivery.subject = subject;
    stored.delivery.event = "job.succeeded";
    stored.delivery.url = "https://example.org/";
    stored.delivery.created_at = kStart;
    stored.delivery.next_at = kStart + 1s;
    stored.body = "body of " + id;
    return stored;
  }

  Result<void> insert(const StoredDelivery& stored) {
    deliveries().insert(std::make_shared<const StoredDelivery>(stored), note());
    return answers().at(0);
  }

  void end(const std::string& id, DeliveryState state, WallTime at) {
    Delivery d = find(id)->delivery;
    d.state = state;
    d.next_at.reset();
    d.finished_at = at;
    deliveries().update(d, note());
    ASSERT_TRUE(answers().at(0));
  }

  std::optional<StoredDelivery> find(const std::string& id) {
    std::optional<Result<std::optional<StoredDelivery>>> found;
    deliveries().find(id, [&](auto answer) { found = std::move(answer); });
    answers();
    return found->value();
  }

  DeliveryPage list(DeliveryQuery query = {}) {
    std::optional<Result<DeliveryPage>> page;
    deliveries().list(std::move(query), [&](auto answer) { page = std::move(answer); });
    answers();
    return page->value();
  }

  std::vector<std::string> ids(DeliveryQuery query = {}) {
    std::vector<std::string> found;
    for (const Delivery& d : list(std::move(query)).deliveries) found.push_back(d.id);
    return found;
  }

  void trim(WallTime before, std::size_t most) {
    deliveries().trim(before, most, note());
    ASSERT_TRUE(answers().at(0));
  }

  MemoryDeliveryStore memory{io.get_executor()};
};

using Ids = std::vector<std::string>;

TEST_P(DeliveryStoreTest, GivesBackWhatItWasGiven) {
  ASSERT_TRUE(insert(make("a")));
  const auto found = find("a");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->body, "body of a");
  const Delivery& d = found->delivery;
  EXPECT_EQ(d.subject, "job-1");
  EXPECT_EQ(d.event, "job.succeeded");
  EXPECT_EQ(d.url, "https://example.org/");
  EXPECT_EQ(d.state, DeliveryState::pending);
  EXPECT_EQ(d.attempts, 0u);
  EXPECT_EQ(d.created_at, kStart);
  EXPECT_EQ(d.next_at, kStart + 1s);
  EXPECT_FALSE(d.finished_at);
  EXPECT_FALSE(d.last_status);
  EXPECT_EQ(d.last_error, "");
  EXPECT_FALSE(find("b"));
}

TEST_P(DeliveryStoreTest, ReplacesAllButTheBody) {
  ASSERT_TRUE(insert(make("a")));
  Delivery d = find("a")->delivery;
  d.state = DeliveryState::failed;
  d.attempts = 3;
  d.next_at.reset();
  d.finished_at = kStart + 5s;
  d.last_status = 410;
  d.last_error = "the receiver answered 410";
  deliveries().update(d, note());
  ASSERT_TRUE(answers().at(0));
  const auto found = find("a");
  EXPECT_EQ(found->body, "body of a");
  EXPECT_EQ(found->delivery.state, DeliveryState::failed);
  EXPECT_EQ(found->delivery.attempts, 3u);
  EXPECT_FALSE(found->delivery.next_at);
  EXPECT_EQ(found->delivery.finished_at, kStart + 5s);
  EXPECT_EQ(found->delivery.last_status, 410u);
  EXPECT_EQ(found->delivery.last_error, "the receiver answered 410");
  d.id = "missing";
  deliveries().update(d, note());
  EXPECT_TRUE(answers().at(0));
  EXPECT_FALSE(find("missing"));
}

TEST_P(DeliveryStoreTest, AnIdComesOnce) {
  ASSERT_TRUE(insert(make("a")));
  StoredDelivery other = make("a", "job-2");
  other.body = "another";
  const auto again = insert(other);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::internal);
  EXPECT_EQ(find("a")->body, "body of a");
  EXPECT_EQ(find("a")->delivery.subject, "job-1");
}

TEST_P(DeliveryStoreTest, ListsTheNewestFirstInPages) {
  for (const char* id : {"a", "b", "c", "d", "e"}) ASSERT_TRUE(insert(make(id)));
  const DeliveryPage first = list({.limit = 2});
  ASSERT_EQ(first.deliveries.size(), 2u);
  EXPECT_EQ(first.deliveries[0].id, "e");
  EXPECT_EQ(first.deliveries[1].id, "d");
  ASSERT_TRUE(first.next);
  ASSERT_TRUE(insert(make("f")));  // new ones do not move the pages
  EXPECT_EQ(ids({.limit = 2, .before = first.next}), (Ids{"c", "b"}));
  const DeliveryPage rest = list({.limit = 3, .before = first.next});
  EXPECT_EQ(rest.deliveries.size(), 3u);
  EXPECT_FALSE(rest.next);
}

TEST_P(DeliveryStoreTest, ListsBySubjectAndState) {
  ASSERT_TRUE(insert(make("a", "job-1")));
  ASSERT_TRUE(insert(make("b", "job-2")));
  ASSERT_TRUE(insert(make("c", "job-1")));
  ASSERT_TRUE(insert(make("d", "job-2")));
  end("a", DeliveryState::delivered, kStart);
  end("d", DeliveryState::delivered, kStart);
  EXPECT_EQ(ids(), (Ids{"d", "c", "b", "a"}));
  EXPECT_EQ(ids({.subject = "job-1"}), (Ids{"c", "a"}));
  EXPECT_EQ(ids({.state = DeliveryState::delivered}), (Ids{"d", "a"}));
  EXPECT_EQ(ids({.subject = "job-2", .state = DeliveryState::pending}), (Ids{"b"}));
  EXPECT_EQ(ids({.subject = "job-3"}), Ids());
  EXPECT_EQ(ids({.state = DeliveryState::failed}), Ids());
}

TEST_P(DeliveryStoreTest, ForgetsWhatEndedLongAgoAndWhatIsTooMuch) {
  for (const char* id : {"a", "b", "c", "d", "e"}) ASSERT_TRUE(insert(make(id)));
  end("a", DeliveryState::delivered, kStart);
  end("b", DeliveryState::failed, kStart + 10s);
  end("c", DeliveryState::delivered, kStart + 20s);
  end("d", DeliveryState::delivered, kStart + 30s);
  trim(kStart + 5s, 10);
  EXPECT_EQ(ids(), (Ids{"e", "d", "c", "b"}));
  EXPECT_FALSE(find("a"));
  trim(kStart, 2);
  EXPECT_EQ(ids(), (Ids{"e", "d", "c"})) << "what is pending stays, and is not counted";
  trim(kStart, 0);
  EXPECT_EQ(ids(), (Ids{"e"}));
  EXPECT_EQ(find("e")->body, "body of e");
  ASSERT_TRUE(insert(make("a")));  // nothing of the first one is left
  EXPECT_EQ(find("a")->delivery.state, DeliveryState::pending);
}

TEST_P(DeliveryStoreTest, TellsAtTheStartWhatIsThere) {
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(insert(make(id)));
  end("b", DeliveryState::delivered, kStart);
  const DeliveryIndex index = deliveries().load_index().value();
  ASSERT_EQ(index.entries.size(), 3u);
  EXPECT_EQ(index.entries[0].id, "a");
  EXPECT_EQ(index.entries[0].url, "https://example.org/");
  EXPECT_EQ(index.entries[0].next_at, kStart + 1s);
  EXPECT_EQ(index.entries[1].id, "b");
  EXPECT_EQ(index.entries[1].url, "");
  EXPECT_FALSE(index.entries[1].next_at);
  EXPECT_EQ(index.ended, 1u);
  EXPECT_EQ(index.oldest_ended, kStart);
}

INSTANTIATE_TEST_SUITE_P(Stores, DeliveryStoreTest, testing::Bool(),
                         [](const auto& param) { return param.param ? "Sqlite" : "Memory"; });

class SqliteDeliveryTest : public test::SqliteFixture {
 protected:
  void insert(const std::string& id) {
    auto stored = std::make_shared<StoredDelivery>();
    stored->delivery.id = id;
    stored->delivery.created_at = kStart;
    stored->delivery.next_at = kStart;
    stored->body = "body";
    store->deliveries().insert(std::move(stored), note());
    ASSERT_TRUE(answers().at(0));
  }
};

TEST_F(SqliteDeliveryTest, OutlivesTheProcess) {
  open();
  insert("a");
  open();
  EXPECT_EQ(store->deliveries().load_index().value().entries.at(0).id, "a");
}

TEST_F(SqliteDeliveryTest, ARowThatCannotBeReadFailsAloneAndIsNamed) {
  open();
  insert("a");
  store.reset();
  SqliteDatabase::open(file, SqliteDatabase::Access::read_write)
      .value()
      .execute("UPDATE webhook_deliveries SET state = 'lost'")
      .value();
  open();
  const auto index = store->deliveries().load_index();
  ASSERT_FALSE(index);
  EXPECT_EQ(index.error().code, ErrorCode::io_error);
  EXPECT_NE(index.error().message.find("kiln.db"), std::string::npos);
  EXPECT_NE(index.error().message.find("lost"), std::string::npos);
  {
    const Hold hold(file);  // both in one group
    store->deliveries().find("a", [](const auto& found) { EXPECT_FALSE(found); });
    store->jobs().insert(test::make_job(1), note());
  }
  EXPECT_TRUE(answers().at(0)) << "the job beside it is stored";
}

}  // namespace
}  // namespace kiln::store
