#include "http/waiting.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <spdlog/fmt/fmt.h>

#include "base/clock.h"
#include "http/target.h"

namespace kiln::http {
namespace {

/// A decimal number that is neither negative nor without end.
std::optional<double> seconds_from(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  const bool good = error == std::errc() && end == text.data() + text.size() && std::isfinite(value) && value >= 0;
  return good ? std::optional(value) : std::nullopt;
}

bool is_space(char c) { return c == ' ' || c == '\t'; }

void skip_space(std::string_view& text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
}

/// Takes a token or a quoted string off the front; gives it without its quotes and escapes.
std::string take_word(std::string_view& text) {
  skip_space(text);
  std::string word;
  if (!text.starts_with('"')) {
    const std::size_t end = std::min(text.find_first_of("=;, \t"), text.size());
    word = text.substr(0, end);
    text.remove_prefix(end);
    skip_space(text);
    return word;
  }
  text.remove_prefix(1);
  while (!text.empty() && text.front() != '"') {
    if (text.front() == '\\' && text.size() > 1) text.remove_prefix(1);
    word += text.front();
    text.remove_prefix(1);
  }
  if (!text.empty()) text.remove_prefix(1);
  skip_space(text);
  return word;
}

/// Takes `name[=value]` off the front.
std::pair<std::string, std::string> take_pair(std::string_view& text) {
  std::pair<std::string, std::string> pair(take_word(text), {});
  for (char& c : pair.first) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  if (!text.starts_with('=')) return pair;
  text.remove_prefix(1);
  pair.second = take_word(text);
  return pair;
}

/// Unset when there is no such job or batch.
std::optional<JobState> state_of(const Api& api, const JobId& id) {
  if (const jobs::JobView view = api.jobs.find(id); view.job != nullptr) return view.job->state;
  if (const jobs::BatchView view = api.jobs.find_batch(id); view.batch != nullptr) return view.state;
  return std::nullopt;
}

bool has_ended(const Api& api, const JobId& id) {
  const auto state = state_of(api, id);
  return state && is_final(*state);
}

}  // namespace

Result<std::optional<double>> wait_from_query(std::string_view query) {
  std::optional<double> wait_s;
  const auto parameters = parse_query(query);
  if (!parameters) return Error{ErrorCode::invalid_request, "the query string has a broken percent escape", ""};
  for (const auto& [name, value] : *parameters) {
    if (name != "wait") return Error{ErrorCode::unknown_member, "there is nothing to be asked with " + name, ""};
    wait_s = seconds_from(value);
    if (wait_s && *wait_s <= kLongestWait_s) continue;
    return Error{ErrorCode::invalid_request, fmt::format("wait is a number of seconds from 0 to {}", kLongestWait_s),
                 ""};
  }
  return wait_s;
}

std::optional<double> preferred_wait_s(const Request& request) {
  if (request.count("prefer") == 0) return std::nullopt;
  const std::string preferences = request.list("prefer");
  std::string_view rest = preferences;
  while (!rest.empty()) {
    const auto [name, value] = take_pair(rest);
    if (name == "wait") {  // the first one counts
      const auto wait_s = seconds_from(value);
      return wait_s ? std::optional(std::min(*wait_s, kLongestWait_s)) : std::nullopt;
    }
    while (rest.starts_with(';')) {
      rest.remove_prefix(1);
      take_pair(rest);
    }
    rest.remove_prefix(std::min<std::size_t>(rest.size(), 1));  // the comma, or what should not be there
  }
  return std::nullopt;
}

Task<double> wait_until(Api& api, Call& call, const JobId& id, Until until, double longest_s) {
  const auto state = state_of(api, id);
  if (!state || is_final(*state) || longest_s <= 0) co_return 0;
  const Stopwatch waited;
  const auto longest = std::chrono::duration_cast<SteadyDuration>(std::chrono::duration<double>(longest_s));
  const auto while_in = until == Until::final ? std::nullopt : state;
  co_await api.hub.waits.wait(id, while_in, std::chrono::steady_clock::now() + longest, call.peer);
  co_return waited.seconds();
}

void tell_waits(Waits& waits, const jobs::Service& jobs, const jobs::JobEvent& event) {
  if (event.kind == jobs::JobEventKind::progressed) return;
  const Job& job = *event.job;
  waits.changed(job.id, event.kind == jobs::JobEventKind::removed ? std::nullopt : std::optional(job.state));
  if (!job.batch || !waits.any_for(*job.batch)) return;
  const jobs::BatchView batch = jobs.find_batch(*job.batch);
  waits.changed(*job.batch, batch.batch == nullptr ? std::nullopt : std::optional(batch.state));
}

Task<Response> accepted_response(Api& api, Call& call, JobId id, std::function<SharedText(bool ended)> text) {
  const auto preferred_s = preferred_wait_s(call.request);
  double waited_s = 0;
  if (preferred_s) {
    waited_s = co_await wait_until(api, call, id, Until::final, *preferred_s);
    if (api.hub.closed) co_return Response{};
  }
  const bool ended = preferred_s && has_ended(api, id);
  Response response = json_response(ended ? 200 : 202, text(ended));
  response.waited_s = waited_s;
  response.add_header("Location", "/status/" + to_string(id));
  if (ended) response.add_header("Preference-Applied", fmt::format("wait={}", *preferred_s));
  co_return response;
}

}  // namespace kiln::http
