#include "client/event_parser.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace kiln::client {
namespace {

std::vector<std::string> events_of(std::string_view stream, std::size_t piece = 1'000'000) {
  std::vector<std::string> events;
  EventParser parser;
  const auto keep = [&](const Event& e) {
    events.push_back(e.type + "|" + e.data + "|" + e.id);
    return true;
  };
  for (std::size_t i = 0; i < stream.size(); i += piece) parser.feed(stream.substr(i, piece), keep);
  return events;
}

using Events = std::vector<std::string>;

}  // namespace

// The examples of the HTML standard, section 9.2.6, "Interpreting an event stream".
TEST(EventParser, ReadsTheStandardsExamples) {
  EXPECT_EQ(events_of("data: YHOO\ndata: +2\ndata: 10\n\n"), (Events{"message|YHOO\n+2\n10|"}));
  EXPECT_EQ(events_of(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"),
            (Events{"message|first event|1", "message|second event|", "message| third event|"}));
  EXPECT_EQ(events_of("data\n\ndata\ndata\n\ndata:"), (Events{"message||", "message|\n|"}));
  EXPECT_EQ(events_of("data:test\n\ndata: test\n\n"), (Events{"message|test|", "message|test|"}));
}

TEST(EventParser, TakesEveryLineEndAndEveryCut) {
  const Events expected{"state|{\"a\":1}|x-1", "progress|b|x-2"};
  for (const std::string end : {"\n", "\r", "\r\n"}) {
    const std::string stream = "event: state" + end + "id: x-1" + end + "data: {\"a\":1}" + end + end + ": heartbeat" +
                               end + end + "event: progress" + end + "id: x-2" + end + "data: b" + end + end;
    for (std::size_t piece = 1; piece < stream.size(); ++piece) EXPECT_EQ(events_of(stream, piece), expected) << piece;
  }
}

TEST(EventParser, SkipsAByteOrderMarkAtTheStartOnly) {
  EXPECT_EQ(events_of("\xef\xbb\xbf"
                      "data: a\n\n\xef\xbb\xbf"
                      "data: b\n\n"),
            (Events{"message|a|"}));
}

TEST(EventParser, KeepsTheLastIdAndForgetsTheType) {
  EXPECT_EQ(events_of("event: a\nid: 7\ndata: 1\n\ndata: 2\n\n"), (Events{"a|1|7", "message|2|7"}));
}

TEST(EventParser, AnEventWithoutDataIsNoneButItsIdCounts) {
  EventParser parser;
  int events = 0;
  parser.feed("id: 9\nevent: x\n\n", [&](const Event&) { return ++events > 0; });
  EXPECT_EQ(events, 0);
  EXPECT_EQ(parser.last_id(), "9");
}

TEST(EventParser, AnIdThatIsNotCompleteDoesNotCount) {
  EventParser parser;
  parser.feed("id: 1\ndata: a\n\nid: 2\ndata: b\n", [](const Event&) { return true; });
  EXPECT_EQ(parser.last_id(), "1");
  parser.restart();
  std::string id;
  parser.feed("data: c\n\n", [&](const Event& e) { return !(id = e.id).empty(); });
  EXPECT_EQ(id, "1") << "what the broken connection left of an event is gone";
}

TEST(EventParser, IgnoresIdsWithZeroBytesAndRetriesThatAreNoNumbers) {
  EventParser parser;
  parser.feed(std::string_view("id: a\0b\nretry: 2000\nretry: soon\nretry: 1x\n\n", 42),
              [](const Event&) { return true; });
  EXPECT_EQ(parser.last_id(), "");
  EXPECT_EQ(parser.retry_s(), 2.0);
}

TEST(EventParser, EndsWhenTheSinkHasEnough) {
  EventParser parser;
  int events = 0;
  const auto once = [&](const Event&) { return ++events < 1; };
  EXPECT_EQ(parser.feed("data: a\n\ndata: b\n\n", once), EventParser::State::ended);
  EXPECT_EQ(parser.feed("data: c\n\n", once), EventParser::State::ended);
  EXPECT_EQ(events, 1);
}

TEST(EventParser, RefusesAnEventThatHasNoEnd) {
  EventParser parser(100);
  EXPECT_EQ(parser.feed(std::string(99, 'a'), [](const Event&) { return true; }), EventParser::State::open);
  EXPECT_EQ(parser.feed("aa", [](const Event&) { return true; }), EventParser::State::too_large);
  EventParser lines(100);
  for (int i = 0; i < 9; ++i) lines.feed("data: 0123456789\n", [](const Event&) { return true; });
  EXPECT_EQ(lines.feed("data: 0123456789\n", [](const Event&) { return true; }), EventParser::State::too_large);
}

}  // namespace kiln::client
