#pragma once

#include <unordered_map>

#include "http/json_text.h"
#include "http/message.h"
#include "jobs/service.h"

namespace kiln::http {

Json to_json(const jobs::JobView& view);

/// The text of jobs that are asked for again and again is made once per change: a snapshot never changes, so snapshot
/// and position tell whether the text is still right.
class JobTexts {
 public:
  explicit JobTexts(std::size_t capacity) : capacity_(capacity) {}

  SharedText text_of(const jobs::JobView& view);
  void forget(const JobId& id) { entries_.erase(id); }

 private:
  struct Entry {
    jobs::JobPtr job;
    std::size_t position;
    SharedText text;
  };
  struct HashOfRandomId {
    std::size_t operator()(const JobId& id) const;
  };

  std::size_t capacity_;
  std::unordered_map<JobId, Entry, HashOfRandomId> entries_;
};

}  // namespace kiln::http
