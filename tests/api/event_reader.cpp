#include "tests/api/event_reader.h"

#include <gtest/gtest.h>
#include <stdexcept>
#include <utility>

namespace kiln::api_test {

std::string StreamEvent::summary() const {
  if (name == "state") return "state " + data.value("status", "?");
  if (name == "engine") return "engine " + data.value("what", "?");
  if (name == "progress") return "progress " + data["progress"].dump();
  if (name == "position") return "position " + data["position"].dump();
  return name;
}

EventReader::EventReader(Client client, const std::string& target, const std::string& last_event_id)
    : client_(std::move(client)) {
  const std::string again = last_event_id.empty() ? "" : "Last-Event-ID: " + last_event_id + "\r\n";
  client_.send("GET " + target + " HTTP/1.1\r\nHost: test\r\n" + again + "\r\n");
  head_ = client_.receive_head();
}

std::optional<std::string> EventReader::block() {
  std::size_t end;
  while ((end = text_.find("\n\n")) == std::string::npos) {
    const auto chunk = ended_ ? std::string() : client_.receive_chunk();
    broken_ = !chunk;
    ended_ = broken_ || chunk->empty();
    if (ended_) return std::nullopt;
    text_ += *chunk;
  }
  std::string block = text_.substr(0, end + 1);
  text_.erase(0, end + 2);
  return block;
}

std::optional<StreamEvent> EventReader::next() {
  while (auto lines = block()) {
    StreamEvent event;
    while (!lines->empty()) {
      const std::string line = lines->substr(0, lines->find('\n'));
      lines->erase(0, line.size() + 1);
      const std::string value = line.substr(std::min(line.size(), line.find(": ") + 2));
      if (line.starts_with("id: ")) event.id = last_id_ = value;
      if (line.starts_with("event: ")) event.name = value;
      if (line.starts_with("data: ")) event.data = nlohmann::json::parse(value);
    }
    if (event.name.empty()) continue;
    EXPECT_EQ(objection_to_event(event.name, event.data.dump()), "") << event.name << " " << event.data;
    return event;
  }
  return std::nullopt;
}

std::vector<std::string> EventReader::until(const std::string& summary) {
  std::vector<std::string> seen;
  while (const auto event = next()) {
    seen.push_back(event->summary());
    if (seen.back() == summary) return seen;
  }
  throw std::runtime_error("the stream ended without \"" + summary + "\"");
}

bool EventReader::until_heartbeat() {
  while (const auto lines = block()) {
    if (*lines == ":\n") return true;
  }
  return false;
}

std::vector<StreamEvent> EventReader::rest() {
  std::vector<StreamEvent> events;
  while (auto event = next()) events.push_back(std::move(*event));
  return events;
}

double gauge(Client& client, const std::string& name) {
  const std::string metrics = client.get("/metrics").body;
  const std::size_t at = metrics.find("\n" + name + " ");
  return at == std::string::npos ? -1 : std::stod(metrics.substr(at + name.size() + 2));
}

}  // namespace kiln::api_test
