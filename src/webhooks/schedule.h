#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "kiln/job.h"

namespace kiln::webhooks {

struct ScheduleLimits {
  std::size_t most_at_once = 32;
  std::size_t most_to_failing = 16;  ///< of them, to receivers whose last attempt failed
  std::size_t most_per_origin = 2;   ///< 1 to a receiver whose last attempt failed
};

/// Which delivery is sent next: the one that is due longest, with room left for those whose receivers work while others
/// hang. Holds ids, times and receivers and nothing else. One thread.
class Schedule {
 public:
  struct Due {
    std::string id;
    std::string origin;
    WallTime at;
  };

  explicit Schedule(ScheduleLimits limits) : limits_(limits) {}
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;

  void add(const std::string& origin, WallTime at, std::string id);

  /// Takes the next one that is due and may be sent; each is to be answered by ended().
  std::optional<Due> take(WallTime now);

  /// `works`: whether the receiver took it; unset when nothing was sent.
  void ended(const std::string& origin, std::optional<bool> works);

  /// When take() may next give something; unset while only ended() or add() can change that.
  std::optional<WallTime> next_at() const;

  std::size_t waiting() const { return waiting_; }

 private:
  /// A receiver: scheme, host and port.
  struct Origin {
    std::multimap<WallTime, std::string> ids;
    std::size_t under_way = 0;
    bool failing = false;
  };
  using Origins = std::unordered_map<std::string, Origin>;
  using Ready = std::set<std::pair<WallTime, std::string_view>>;  ///< names, by the time of the first that waits

  bool has_room(const Origin& origin) const;
  Ready& queue_of(const Origin& origin) { return origin.failing ? failing_ : working_; }
  void leave(Origins::value_type& named);
  void enter(Origins::value_type& named);
  bool may_send_to_failing() const;

  ScheduleLimits limits_;
  Origins origins_;  ///< those with something waiting or under way
  Ready working_, failing_;
  std::size_t waiting_ = 0, under_way_ = 0, failing_under_way_ = 0;
};

}  // namespace kiln::webhooks
