#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "store/blob_store.h"

namespace kiln::store {

/// Blobs as files under one data folder: assets/, results/, and staging/ for what is on its way.
class FileBlobStore final : public BlobStore {
 public:
  /// Makes the folders where they are missing and empties staging/: nothing in it survived its writer.
  /// Errors: storage_full, io_error.
  static Result<std::unique_ptr<FileBlobStore>> open(const std::filesystem::path& data);

  Result<StagedBlob> stage() override;
  StagedBlob stage_path() override;
  Result<void> commit(StagedBlob staged, BlobFolder folder, const std::string& name) override;
  std::filesystem::path path(BlobFolder folder, const std::string& name) const override;
  Result<FileDescriptor> open(BlobFolder folder, const std::string& name) const override;
  Result<std::uint64_t> size(BlobFolder folder, const std::string& name) const override;
  Result<void> remove(BlobFolder folder, const std::string& name) override;
  Result<std::vector<std::string>> list(BlobFolder folder) const override;

 private:
  explicit FileBlobStore(std::filesystem::path data) : data_(std::move(data)) {}
  std::filesystem::path folder(BlobFolder folder) const;

  std::filesystem::path data_;
  std::atomic<std::uint64_t> next_staged_{1};
};

}  // namespace kiln::store
