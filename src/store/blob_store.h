#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "kiln/error.h"

#include "base/files.h"

namespace kiln::store {

/// Where a committed blob lives.
enum class BlobFolder { assets, results, checkpoints };

/// A file on its way into the store: written in pieces, then given to BlobStore::commit. One that is dropped before
/// leaves nothing behind. Used by one thread at a time.
class StagedBlob {
 public:
  StagedBlob(FileDescriptor fd, std::filesystem::path path) : fd_(std::move(fd)), path_(std::move(path)) {}
  StagedBlob(StagedBlob&& other) noexcept;
  StagedBlob& operator=(StagedBlob&& other) noexcept;
  ~StagedBlob();

  /// Appends to the file (page cache, no sync). Errors: storage_full, io_error.
  Result<void> write(std::span<const std::byte> bytes);

  std::uint64_t bytes() const { return bytes_; }               ///< written through write()
  const std::filesystem::path& path() const { return path_; }  ///< may be read at any time
  int descriptor() const { return fd_.get(); }                 ///< -1 when it was staged as a path only
  void keep() { path_.clear(); }                               ///< the file was moved away: nothing to clean up

 private:
  void discard();

  FileDescriptor fd_;
  std::filesystem::path path_;
  std::uint64_t bytes_ = 0;
};

/// A second name for a committed blob of the same folder.
struct BlobLink {
  std::string from, to;
};

/// Large immutable bytes under names. A blob is there whole or not at all, also after a crash. Names are made of
/// letters, digits, '.', '_' and '-', and do not start with '.'; another one is refused as io_error.
/// Any thread; calls block on the disk, commit on its sync.
class BlobStore {
 public:
  virtual ~BlobStore() = default;

  /// A new empty file to write into. Errors: storage_full, io_error.
  virtual Result<StagedBlob> stage() = 0;

  /// A path in the same place that no other has, for a writer that makes the file itself. No file is made.
  virtual StagedBlob stage_path() = 0;

  /// Makes the staged file durable under its name, in place of an older one. On failure nothing of it is left.
  /// Errors: storage_full, io_error.
  virtual Result<void> commit(StagedBlob staged, BlobFolder where, const std::string& name) = 0;

  /// Gives blobs second names, all made durable together: links, so that the bytes are on the disk once, or copies
  /// where there cannot be any. Answers which were made: not those whose source is missing. On failure none is left.
  /// Errors: storage_full, io_error.
  virtual Result<std::vector<bool>> link(BlobFolder where, std::span<const BlobLink> links) = 0;

  /// Where the blob is (or would be).
  virtual std::filesystem::path path(BlobFolder where, const std::string& name) const = 0;

  /// Opens for reading; the descriptor stays good when the blob is removed. Errors: io_error.
  virtual Result<FileDescriptor> open(BlobFolder where, const std::string& name) const = 0;

  virtual Result<std::uint64_t> size(BlobFolder where, const std::string& name) const = 0;

  /// Removing what is not there succeeds.
  virtual Result<void> remove(BlobFolder where, const std::string& name) = 0;

  /// All names, sorted.
  virtual Result<std::vector<std::string>> list(BlobFolder where) const = 0;
};

}  // namespace kiln::store
