#include "http/event_log.h"

#include <gtest/gtest.h>

namespace kiln::http {
namespace {

JobId id_of(std::uint8_t n) {
  JobId id;
  id.bytes[15] = n;
  return id;
}

Event event(std::uint8_t subject, std::string data = "{}") {
  return {id_of(subject), {}, false, "progress", std::move(data)};
}

jobs::JobView queued_job() {
  auto job = std::make_shared<Job>();
  job->request = std::make_shared<const RenderRequest>();
  return {job, 3};
}

TEST(EventText, HasALineForEachPartThatIsThere) {
  EXPECT_EQ(event_text("e-7", "state", "{\"a\":1}\n"), "id: e-7\nevent: state\ndata: {\"a\":1}\n\n");
  EXPECT_EQ(event_text({}, "position", "{}"), "event: position\ndata: {}\n\n");
  EXPECT_EQ(event_text("e-7", {}, {}), "id: e-7\n\n");
}

TEST(EventLog, NumbersFromOneOn) {
  EventLog log(10, "epoch");
  EXPECT_EQ(log.last(), 0u);
  EXPECT_EQ(log.first(), 1u);
  EXPECT_EQ(log.append(event(1, "[1]")), 1u);
  EXPECT_EQ(log.append(event(2, "[2]")), 2u);
  EXPECT_EQ(*log.text(2), "id: epoch-2\nevent: progress\ndata: [2]\n\n");
  EXPECT_EQ(*log.text(1), "id: epoch-1\nevent: progress\ndata: [1]\n\n");
}

TEST(EventLog, MakesTheTextOfAJobOnceAndSharesIt) {
  EventLog log(10, "e");
  log.append({id_of(1), {}, false, "state", queued_job()});
  const SharedText text = log.text(1);
  EXPECT_EQ(text->substr(0, 25), "id: e-1\nevent: state\ndata");
  EXPECT_NE(text->find("\"position\":3"), std::string::npos);
  EXPECT_EQ(log.text(1), text);
}

TEST(EventLog, KeepsTheLatestAndTheirNumbers) {
  EventLog log(3, "e");
  for (int i = 1; i <= 5; ++i) log.append(event(1, std::to_string(i)));
  EXPECT_EQ(log.first(), 3u);
  EXPECT_EQ(log.last(), 5u);
  EXPECT_EQ(*log.text(3), "id: e-3\nevent: progress\ndata: 3\n\n");
}

TEST(EventLog, KeepsNoMoreTextThanItMay) {
  EventLog log(1000, "e");
  const std::string large(1 << 20, 'x');
  for (int i = 0; i < 100; ++i) log.append(event(1, large));
  EXPECT_EQ(log.last(), 100u);
  EXPECT_EQ(log.last() - log.first() + 1, 63u) << "64 MiB, and each has its id and name too";
  log.append(event(1, std::string(EventLog::kMostTextBytes + 1, 'x')));
  EXPECT_EQ(log.first(), 101u) << "the newest one is always there";
}

TEST(EventLog, FindsWhatConcernsAJobOrItsBatch) {
  EventLog log(10, "e");
  log.append(event(1));
  log.append(event(2));
  log.append({id_of(3), id_of(9), false, "progress", "{}"});
  EXPECT_EQ(log.find(1, std::nullopt), 1u);
  EXPECT_EQ(log.find(1, id_of(2)), 2u);
  EXPECT_EQ(log.find(3, id_of(2)), 0u);
  EXPECT_EQ(log.find(1, id_of(9)), 3u);
  EXPECT_EQ(log.find(4, std::nullopt), 0u);
}

TEST(EventLog, KnowsWhichLastEventIdsItCanGoOnFrom) {
  EventLog log(3, "e-1");  // a dash of its own does not confuse it
  EXPECT_EQ(log.number_of("e-1-0"), 0u) << "before the first";
  for (int i = 1; i <= 5; ++i) log.append(event(1));
  EXPECT_EQ(log.number_of(log.id_of(5)), 5u);
  EXPECT_EQ(log.number_of("e-1-2"), 2u) << "3 is kept still";
  for (const char* unknown : {"e-1-1", "e-1-6", "e-2-5", "e-1", "e-1-", "e-1-5x", "e-1--5", "", "-", "5",
                              "e-1-99999999999999999999", "e-1-18446744073709551615"}) {
    EXPECT_FALSE(log.number_of(unknown)) << unknown;
  }
}

}  // namespace
}  // namespace kiln::http
