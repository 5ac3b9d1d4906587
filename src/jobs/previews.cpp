#include "jobs/previews.h"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "base/files.h"
#include "jobs/guarded_call.h"

namespace kiln::jobs {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{2} << 30;
constexpr double kLongestWait_s = 3600;

Result<SoFarPtr> read_preview(const std::filesystem::path& file, std::uint32_t attempt, std::uint64_t pixels,
                              const Preview& preview) {
  const auto bytes = read_file(file, kMostBytes);
  if (!bytes) return bytes.error();
  auto so_far = std::make_shared<PictureSoFar>();
  so_far->attempt = attempt;
  so_far->samples_per_pixel = static_cast<double>(preview.samples) / static_cast<double>(pixels);
  so_far->png = std::make_shared<const std::string>(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  return SoFarPtr(std::move(so_far));
}

}  // namespace

Previews::Previews(boost::asio::any_io_executor strand, Engine& engine, store::BlobStore& blobs)
    : strand_(std::move(strand)), engine_(engine), blobs_(blobs), self_(std::make_shared<Previews*>(this)) {}

void Previews::ask(const Job& job, SoFarCallback done) {
  const Key key(job.id, job.attempt);
  Shared& shared = shared_[key];
  if (shared.latest && Clock::now() < shared.newest_until) {
    boost::asio::post(strand_, [self = std::weak_ptr(self_), latest = shared.latest, done = std::move(done)] {
      if (self.lock()) done(latest);
    });
    return;
  }
  shared.waiting.push_back(std::move(done));
  if (shared.waiting.size() == 1) ask_engine(key, pixels_of(*job.request));
}

/// The file is read where the engine answers, which is not the strand but for errors, and goes with the callback.
void Previews::ask_engine(const Key& key, std::uint64_t pixels) {
  const auto file = std::make_shared<const store::StagedBlob>(blobs_.stage_path());
  const auto tell = [strand = strand_, self = std::weak_ptr(self_), key](Result<SoFarPtr> so_far, double newest_for_s) {
    const auto wait = std::chrono::duration<double>(std::clamp(newest_for_s, 0.0, kLongestWait_s));
    const auto newest_until = Clock::now() + std::chrono::duration_cast<Clock::duration>(wait);
    boost::asio::post(strand, [self, key, so_far = std::move(so_far), newest_until] {
      if (const auto alive = self.lock()) (*alive)->answer(key, so_far, newest_until);
    });
  };
  const auto asked = guarded_call("the engine refused a preview", [&]() -> Result<void> {
    engine_.preview(key.first, key.second, file->path(), [tell, file, key, pixels](const Result<Preview>& preview) {
      if (!preview) return tell(preview.error(), 0);
      tell(guarded_call("the preview cannot be read",
                        [&] { return read_preview(file->path(), key.second, pixels, *preview); }),
           preview->newest_for_s);
    });
    return {};
  });
  if (!asked) tell(asked.error(), 0);
}

void Previews::answer(const Key& key, const Result<SoFarPtr>& so_far, Clock::time_point newest_until) {
  const auto at = shared_.find(key);
  if (at == shared_.end()) return;
  const auto waiting = std::exchange(at->second.waiting, {});
  if (so_far && !at->second.ended) {
    at->second.latest = *so_far;
    at->second.newest_until = newest_until;
  } else {
    shared_.erase(at);
  }
  for (const SoFarCallback& done : waiting) done(so_far);
}

void Previews::forget(const JobId& id) {
  for (auto at = shared_.lower_bound({id, 0}); at != shared_.end() && at->first.first == id;) {
    at->second.ended = true;
    at->second.latest = nullptr;
    at = at->second.waiting.empty() ? shared_.erase(at) : std::next(at);
  }
}

}  // namespace kiln::jobs
