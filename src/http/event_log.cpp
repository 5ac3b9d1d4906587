#include "http/event_log.h"

#include <charconv>
#include <utility>

#include "http/job_codec.h"

namespace kiln::http {

std::uint64_t EventLog::append(Event event) {
  Entry& added = entries_.emplace_back(Entry{std::move(event), nullptr});
  if (auto* data = std::get_if<std::string>(&added.event.data)) {
    make_text(last(), added, *data);
    std::string().swap(*data);
  }
  while (entries_.size() > capacity_ || (text_bytes_ > kMostTextBytes && entries_.size() > 1)) {
    if (const SharedText& text = entries_.front().text) text_bytes_ -= text->size();
    entries_.pop_front();
    ++first_;
  }
  return last();
}

void EventLog::make_text(std::uint64_t number, Entry& entry, std::string_view data) {
  entry.text = std::make_shared<const std::string>(event_text(id_of(number), entry.event.name, data));
  text_bytes_ += entry.text->size();
}

const SharedText& EventLog::text(std::uint64_t number) {
  Entry& found = entries_[static_cast<std::size_t>(number - first_)];
  if (found.text == nullptr) make_text(number, found, to_text(to_json(std::get<jobs::JobView>(found.event.data))));
  return found.text;
}

std::uint64_t EventLog::find(std::uint64_t number, const std::optional<JobId>& subject) const {
  while (number <= last() && subject && !event(number).concerns(*subject)) ++number;
  return number <= last() ? number : 0;
}

std::optional<std::uint64_t> EventLog::number_of(std::string_view last_event_id) const {
  const std::size_t dash = last_event_id.rfind('-');
  if (dash == std::string_view::npos || last_event_id.substr(0, dash) != epoch_) return std::nullopt;
  const std::string_view digits = last_event_id.substr(dash + 1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  if (!whole || number + 1 < first_ || number > last()) return std::nullopt;
  return number;
}

std::string EventLog::id_of(std::uint64_t number) const { return epoch_ + "-" + std::to_string(number); }

std::string event_text(std::string_view id, std::string_view name, std::string_view data) {
  while (data.ends_with('\n')) data.remove_suffix(1);
  std::string text;
  text.reserve(id.size() + name.size() + data.size() + 32);
  if (!id.empty()) text.append("id: ").append(id).append("\n");
  if (!name.empty()) text.append("event: ").append(name).append("\n");
  if (!data.empty()) text.append("data: ").append(data).append("\n");
  return text.append("\n");
}

}  // namespace kiln::http
