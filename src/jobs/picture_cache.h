#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "jobs/job_types.h"

namespace kiln::jobs {

using RequestPtr = std::shared_ptr<const RenderRequest>;

/// The request without what does not change the picture of a render that comes to its end: the client's metadata, and
/// the limits that end one early. The same object where there is nothing to leave out.
RequestPtr essence_of(const RequestPtr& request);

/// The pictures that are kept, by what makes their bytes: the essence of the request and the renderer. One thread.
class PictureCache {
 public:
  /// Nothing to do for a job whose picture is partial, gone, or of a renderer that does not say who it is.
  void add(const JobPtr& job);

  void remove(const Job& job);  ///< its picture is gone

  /// The newest job whose picture is the one that `request` asks for and `renderer` would make.
  std::optional<JobId> find(const RequestPtr& request, const std::string& renderer) const;

  std::size_t size() const { return size_; }  ///< pictures

 private:
  struct Key {
    RequestPtr essence;
    std::size_t renderer;  ///< index in renderers_
    bool operator==(const Key& other) const { return renderer == other.renderer && *essence == *other.essence; }
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  using BySequence = std::map<std::uint64_t, JobId>;

  std::optional<Key> key_of(const RequestPtr& request, const std::string& renderer) const;

  std::vector<std::string> renderers_;  ///< all that were seen; a handful
  std::unordered_map<Key, BySequence, KeyHash> pictures_;
  std::size_t size_ = 0;
};

}  // namespace kiln::jobs
