#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "store/blob_store.h"

namespace kiln::store {

/// Blobs as files under one data folder: assets/, results/, checkpoints/, staging/ for what is on its way, and the file
/// `kiln.lock`.
class FileBlobStore final : public BlobStore {
 public:
  /// Makes the folders where they are missing, takes the folder for itself as long as it lives, and removes from
  /// staging/ what earlier processes left unfinished (files of our own names only): no other data refers to those, so
  /// they go whether or not the rest of the folder can be read. Errors: storage_full; io_error, also when another store
  /// has the folder open.
  /// Without `may_link` it does as on a file system that knows no links.
  static Result<std::unique_ptr<FileBlobStore>> open(const std::filesystem::path& data, bool may_link = true);

  Result<StagedBlob> stage() override;
  StagedBlob stage_path() override;
  Result<void> commit(StagedBlob staged, BlobFolder where, const std::string& name) override;
  Result<std::vector<bool>> link(BlobFolder where, std::span<const BlobLink> links) override;
  std::filesystem::path path(BlobFolder where, const std::string& name) const override;
  Result<FileDescriptor> open(BlobFolder where, const std::string& name) const override;
  Result<std::uint64_t> size(BlobFolder where, const std::string& name) const override;
  Result<void> remove(BlobFolder where, const std::string& name) override;
  Result<std::vector<std::string>> list(BlobFolder where) const override;

 private:
  FileBlobStore(std::filesystem::path data, FileDescriptor lock, bool may_link)
      : data_(std::move(data)), lock_(std::move(lock)), may_link_(may_link) {}
  Result<bool> link_or_copy(BlobFolder where, const BlobLink& link);
  Result<void> copy(BlobFolder where, const BlobLink& link);
  std::filesystem::path folder(BlobFolder folder) const;

  std::filesystem::path data_;
  FileDescriptor lock_;
  bool may_link_;
  std::atomic<std::uint64_t> next_staged_{1};
};

}  // namespace kiln::store
