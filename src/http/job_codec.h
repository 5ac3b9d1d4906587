#pragma once

#include <unordered_map>

#include "http/json_text.h"
#include "http/message.h"
#include "jobs/service.h"

namespace kiln::http {

Json to_json(const jobs::JobView& view);

/// The text of jobs that are asked for again and again is made once per change: a snapshot never changes, so snapshot
/// and position tell whether the text is still right. Two generations: when the young one is full it becomes the old
/// one, and what is asked for again returns from there; the rest is dropped with it.
class JobTexts {
 public:
  /// Keeps between half of `capacity` and `capacity` texts, the ones asked for last.
  explicit JobTexts(std::size_t capacity) : capacity_(capacity) {}

  SharedText text_of(const jobs::JobView& view);
  void forget(const JobId& id);

 private:
  struct Entry {
    jobs::JobPtr job;
    std::size_t position = 0;
    SharedText text;
  };
  struct HashOfRandomId {
    std::size_t operator()(const JobId& id) const;
  };
  using Generation = std::unordered_map<JobId, Entry, HashOfRandomId>;

  Entry& entry_of(const JobId& id);

  std::size_t capacity_;
  Generation young_, old_;
};

}  // namespace kiln::http
