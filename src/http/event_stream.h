#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "http/deadlines.h"
#include "http/event_log.h"
#include "http/message.h"
#include "http/turns.h"
#include "jobs/service.h"

namespace kiln::http {

class EventHub;
class EventStream;

/// By what they tell of; unset: everything.
using EventStreams = std::multimap<std::optional<JobId>, EventStream*>;

/// The body of one client's event stream. It holds no events: only how far in the log it is, so that a thousand slow
/// readers cost no memory. Who falls behind the oldest event that the log keeps is dropped. The I/O thread's.
class EventStream final : public BodyStream {
 public:
  /// Tells of `subject` (a job or batch; unset: of everything) what comes after event `after`; unset: begins with the
  /// present state.
  EventStream(EventHub& hub, const std::optional<JobId>& subject, std::optional<std::uint64_t> after);
  ~EventStream() override;
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  Task<SharedText> next() override;
  void stop() override;

  /// An event that concerns the subject has this number.
  void happened(std::uint64_t number);

 private:
  using Time = Deadlines::Time;

  void begin_with_present_state();
  void step();
  SharedText take();
  SharedText take_snapshot();
  SharedText take_events();
  SharedText take_position();
  void wake();
  void beat();
  void watch_position();
  void look_at_position();

  EventHub& hub_;
  std::optional<JobId> subject_;
  std::string opening_;                 ///< what comes first
  std::vector<jobs::JobPtr> snapshot_;  ///< jobs whose state is still to be told, the last one first
  std::uint64_t snapshot_number_ = 0;   ///< of the last event that the snapshot includes
  std::uint64_t pending_ = 0;           ///< the next event to be told; 0: none
  std::size_t told_position_ = 0;
  std::optional<Time> told_finish_;  ///< the expected end, as it was told last
  bool in_snapshot_ = false, position_due_ = false, heartbeat_due_ = false;
  bool opening_is_all_ = false, ended_ = false;
  Time look_at_;  ///< when the position was looked at last, or will be
  Time sent_at_;
  Deadline heartbeat_, position_;
  std::function<void(std::monostate)> answer_;  ///< set while next() waits
  EventStreams::iterator at_;
};

}  // namespace kiln::http
