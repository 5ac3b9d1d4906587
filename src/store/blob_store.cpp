#include "store/blob_store.h"

#include <unistd.h>
#include <utility>

namespace kiln::store {

StagedBlob::StagedBlob(StagedBlob&& other) noexcept
    : fd_(std::move(other.fd_)), path_(std::exchange(other.path_, {})), bytes_(other.bytes_) {}

StagedBlob& StagedBlob::operator=(StagedBlob&& other) noexcept {
  if (this != &other) {
    discard();
    fd_ = std::move(other.fd_);
    path_ = std::exchange(other.path_, {});
    bytes_ = other.bytes_;
  }
  return *this;
}

StagedBlob::~StagedBlob() { discard(); }

Result<void> StagedBlob::write(std::span<const std::byte> bytes) {
  auto written = write_all(fd_.get(), bytes, path_);
  if (written) bytes_ += bytes.size();
  return written;
}

/// A writer of its own (stage_path) may have left the ".part" of write_file_atomically().
void StagedBlob::discard() {
  if (!path_.empty()) {
    ::unlink(path_.c_str());
    ::unlink((path_.string() + ".part").c_str());
  }
  path_.clear();
}

}  // namespace kiln::store
