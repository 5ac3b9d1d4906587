#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "http/message.h"
#include "jobs/job_types.h"

namespace kiln::http {

/// One thing that happened to a job or batch, as the text of a server-sent event.
struct Event {
  JobId subject;                                  ///< what it is about
  std::optional<JobId> batch;                     ///< that the subject belongs to
  bool last = false;                              ///< nothing comes after it for its subject
  std::string_view name;                          ///< of static lifetime: "state", "progress", ...
  std::variant<jobs::JobView, std::string> data;  ///< a job, or JSON on one line

  bool concerns(const JobId& id) const { return subject == id || batch == id; }
};

/// The latest events, numbered from 1 on without a gap. A job is made into text once, when the first client wants it,
/// and that text is shared by all. One thread.
class EventLog {
 public:
  static constexpr std::size_t kMostTextBytes = std::size_t{64} << 20;

  /// Keeps the latest `capacity` (at least 1), fewer where their texts together are larger than kMostTextBytes. `epoch`
  /// names this log: numbers of another one mean nothing here.
  EventLog(std::size_t capacity, std::string epoch) : capacity_(capacity), epoch_(std::move(epoch)) {}

  /// Gives its number.
  std::uint64_t append(Event event);

  std::uint64_t first() const { return first_; }  ///< the oldest that is kept; last() + 1 when none is
  std::uint64_t last() const { return first_ + entries_.size() - 1; }  ///< 0 when there was none yet

  const Event& event(std::uint64_t number) const { return entry(number).event; }

  /// The whole event with its id.
  const SharedText& text(std::uint64_t number);

  /// The first event from `number` (at least first()) on that concerns `subject`, unset: anything; 0 when there is
  /// none.
  std::uint64_t find(std::uint64_t number, const std::optional<JobId>& subject) const;

  /// The number that a Last-Event-ID names, if everything after it is still here.
  std::optional<std::uint64_t> number_of(std::string_view last_event_id) const;

  /// `<epoch>-<number>`
  std::string id_of(std::uint64_t number) const;

 private:
  struct Entry {
    Event event;
    SharedText text;  ///< null until it was asked for
  };
  const Entry& entry(std::uint64_t number) const { return entries_[static_cast<std::size_t>(number - first_)]; }
  void make_text(std::uint64_t number, Entry& entry, std::string_view data);

  std::size_t capacity_;
  std::size_t text_bytes_ = 0;
  std::string epoch_;
  std::deque<Entry> entries_;
  std::uint64_t first_ = 1;
};

/// A server-sent event (WHATWG HTML, 9.2); `id` empty: it has none.
std::string event_text(std::string_view id, std::string_view name, std::string_view data);

}  // namespace kiln::http
