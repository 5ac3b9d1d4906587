#pragma once

#include <filesystem>
#include <string_view>

#include "base/files.h"

namespace kiln::client {

/// A file that appears under its name whole or not at all: it is written under another name in the same folder, which
/// goes when it is not committed. A link stays one: what it leads to is replaced.
class PartFile {
 public:
  /// Errors: io_error, storage_full.
  static Result<PartFile> create(const std::filesystem::path& file);

  PartFile(PartFile&& other) noexcept;
  PartFile& operator=(PartFile&&) = delete;
  ~PartFile();

  Result<void> write(std::string_view bytes);

  /// Syncs it, gives it the rights that any new file has, and its name. Replaces a file of this name.
  Result<void> commit();

 private:
  PartFile() = default;

  std::filesystem::path file_, part_;  // part_ is empty once there is none to remove
  FileDescriptor fd_;
};

}  // namespace kiln::client
