#include "client/event_stream.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>

#include "base/clock.h"

namespace kiln::client {
namespace {

constexpr double kDefaultRetry_s = 2;
constexpr double kLongestRetry_s = 30;

std::vector<std::string> headers_after(const std::string& last_id) {
  std::vector<std::string> headers{"Accept: text/event-stream", "Cache-Control: no-cache"};
  if (!last_id.empty()) headers.push_back("Last-Event-ID: " + last_id);
  return headers;
}

ClientError stream_ended() {
  return {Trouble::unreachable, "server_unreachable", "the server has ended the stream of events"};
}

}  // namespace

bool wait_for(double seconds, bool jitter, const std::stop_token& stop) {
  if (jitter) {
    std::minstd_rand random(std::random_device{}());
    seconds *= std::uniform_real_distribution(0.5, 1.0)(random);
  }
  std::mutex mutex;
  std::condition_variable_any nothing;
  std::unique_lock lock(mutex);
  nothing.wait_for(lock, stop, std::chrono::duration<double>(seconds), [] { return false; });
  return !stop.stop_requested();
}

Answer<void> follow_events(ServerClient& client, const std::string& target, const FollowOptions& options,
                           const EventParser::Sink& sink, const std::stop_token& stop) {
  EventParser parser;
  std::optional<Stopwatch> away;
  while (true) {
    auto state = EventParser::State::open;
    const auto take = [&](const ReplyHead&, std::string_view bytes) -> Answer<bool> {
      away.reset();
      state = parser.feed(bytes, sink);
      return state == EventParser::State::open;
    };
    const auto head = client.follow(target, headers_after(parser.last_id()), options.heartbeat_s, take, stop);
    if (state == EventParser::State::ended) return {};
    if (state == EventParser::State::too_large) {
      return ClientError{Trouble::refused, "answer_too_large", "the server sent an event without an end"};
    }
    const ClientError error = head ? stream_ended() : head.error();
    if (!away) away.emplace();
    if (!may_pass(error) || !client.has_answered() || away->seconds() >= options.give_up_s) return error;
    if (options.lost) options.lost(error);
    const double rest_s = std::max(0.0, options.give_up_s - away->seconds());
    const double pause_s = std::min({parser.retry_s().value_or(kDefaultRetry_s), kLongestRetry_s, rest_s});
    if (!wait_for(pause_s, true, stop)) return ClientError{Trouble::interrupted, "interrupted", "it was interrupted"};
    parser.restart();
  }
}

}  // namespace kiln::client
