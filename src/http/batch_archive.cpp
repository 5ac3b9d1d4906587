#include "http/batch_archive.h"

#include <filesystem>
#include <fmt/format.h>
#include <stdexcept>
#include <sys/stat.h>
#include <utility>

#include "http/batch_codec.h"
#include "http/zip_writer.h"

namespace kiln::http {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{64} << 10;
constexpr unsigned kJobsAtOnce = 64;  ///< whose lines in batch.json are made before others get their turn

class BatchArchive final : public BodyStream {
 public:
  BatchArchive(Api& api, const JobId& batch) : api_(api), batch_(batch) {
    jobs::ListQuery query;
    query.batch = batch;
    query.limit = SIZE_MAX;
    if (auto page = api.jobs.list(query)) jobs_ = std::move(page->jobs);
    manifest_ = "{\"batch\":" + to_json(api.jobs.find_batch(batch)).dump() + ",\"jobs\":[";
  }

  Task<SharedText> next() override {
    for (unsigned quiet = 1; zip_.waiting_bytes() < kPieceBytes && !ended_; ++quiet) {
      if (fd_) {
        copy_some();
      } else if (next_ < jobs_.size()) {
        take_job(*jobs_[next_++]);
      } else {
        copy_manifest();
      }
      if (quiet % kJobsAtOnce != 0) continue;
      co_await give_way(api_.hub.turns);
      if (api_.hub.closed) co_return nullptr;
    }
    if (zip_.waiting_bytes() == 0) co_return nullptr;
    co_return std::make_shared<const std::string>(zip_.take());
  }

 private:
  /// The job's line of the manifest, and the beginning of its picture where there is one.
  void take_job(const Job& job) {
    jobs::JobView view = api_.jobs.find(job.id);
    if (!view.job) view.job = jobs_[next_ - 1];  // deleted in between
    Json json = to_json(view);
    json["file"] = open(job) ? Json(name_of_entry(job)) : Json();
    if (next_ > 1) manifest_ += ",\n";
    manifest_ += json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  static std::string name_of_entry(const Job& job) {
    return fmt::format("{:04}.{}", job.batch_index, name_of(job.request->format));
  }

  /// False: there is no picture. Throws where there is one that cannot be opened, as when descriptors run out.
  bool open(const Job& job) {
    if (!job.report) return false;
    auto fd = api_.blobs.open(store::BlobFolder::results, to_string(job.id));
    if (!fd) {
      std::error_code ignored;
      const auto file = api_.blobs.path(store::BlobFolder::results, to_string(job.id));
      if (std::filesystem::exists(file, ignored)) throw std::runtime_error(fd.error().message);
      return false;
    }
    struct stat info {};
    if (::fstat(fd->get(), &info) != 0) throw std::runtime_error(damaged());
    fd_ = std::move(*fd);
    offset_ = 0;
    bytes_ = job.report->result_bytes;
    if (static_cast<std::uint64_t>(info.st_size) != bytes_) throw std::runtime_error(damaged());
    zip_.begin(name_of_entry(job), bytes_, job.finished_at.value_or(job.created_at));
    if (bytes_ == 0) fd_.close();
    return true;
  }

  void copy_some() {
    buffer_.resize(kPieceBytes);
    const auto read = read_at(fd_.get(), buffer_, offset_, "a picture of batch " + to_string(batch_));
    if (!read) throw std::runtime_error(read.error().message);
    if (*read == 0) throw std::runtime_error(damaged());
    zip_.write(std::span(buffer_).first(*read));
    offset_ += *read;
    if (offset_ == bytes_) fd_.close();
  }

  std::string damaged() const { return "a picture of batch " + to_string(batch_) + " is not as long as it was"; }

  /// Some of it; and the end of the archive behind it.
  void copy_manifest() {
    if (offset_in_manifest_ == 0) {
      manifest_ += "]}\n";
      zip_.begin("batch.json", manifest_.size(), std::chrono::system_clock::now());
    }
    const std::string_view piece = std::string_view(manifest_).substr(offset_in_manifest_, kPieceBytes);
    zip_.write(std::as_bytes(std::span(piece)));
    offset_in_manifest_ += piece.size();
    if (offset_in_manifest_ < manifest_.size()) return;
    zip_.end();
    ended_ = true;
  }

  Api& api_;
  JobId batch_;
  std::vector<jobs::JobPtr> jobs_;
  std::size_t next_ = 0;  ///< the first of them that was not taken yet
  ZipWriter zip_;
  std::string manifest_;  ///< batch.json as far as the jobs were taken
  std::size_t offset_in_manifest_ = 0;
  FileDescriptor fd_;  ///< of the picture that is being copied
  std::uint64_t offset_ = 0, bytes_ = 0;
  std::vector<std::byte> buffer_;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<BodyStream> make_batch_archive(Api& api, const JobId& batch) {
  return std::make_unique<BatchArchive>(api, batch);
}

}  // namespace kiln::http
