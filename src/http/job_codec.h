#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>

#include "http/json_text.h"
#include "http/message.h"
#include "jobs/service.h"

namespace kiln::http {

/// Milliseconds are told and nothing finer; null when there is none.
Json to_json(const std::optional<jobs::Eta>& eta);

Json to_json(const jobs::JobView& view, const std::optional<jobs::Eta>& eta = {});

/// The text of jobs that are asked for again and again is made once per change: a snapshot never changes, so snapshot
/// and position tell whether the text is still right. Only what is told of the future ages: while a job is not final
/// its text is made anew after a quarter of a second. Two generations: when the young one is full it becomes the old
/// one, and what is asked for again returns from there; the rest is dropped with it.
class JobTexts {
 public:
  using EtaOf = std::function<std::optional<jobs::Eta>(const JobId&)>;
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  static constexpr std::chrono::milliseconds kEtaAge{250};

  /// Keeps between half of `capacity` and `capacity` texts, the ones asked for last.
  JobTexts(
      std::size_t capacity, EtaOf eta_of, Clock clock = [] { return std::chrono::steady_clock::now(); })
      : capacity_(capacity), eta_of_(std::move(eta_of)), clock_(std::move(clock)) {}

  SharedText text_of(const jobs::JobView& view);
  void forget(const JobId& id);

 private:
  struct Entry {
    jobs::JobPtr job;
    std::size_t position = 0;
    SharedText text;
    std::chrono::steady_clock::time_point made;  ///< of jobs that are not final
  };
  struct HashOfRandomId {
    std::size_t operator()(const JobId& id) const;
  };
  using Generation = std::unordered_map<JobId, Entry, HashOfRandomId>;

  Entry& entry_of(const JobId& id);

  std::size_t capacity_;
  EtaOf eta_of_;
  Clock clock_;
  Generation young_, old_;
};

}  // namespace kiln::http
