#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "kiln/error.h"

namespace kiln {

/// Owns a POSIX file descriptor.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { close(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release();
  void close();

 private:
  int fd_ = -1;
};

/// `what` and the file's name and errno as an Error: storage_full for ENOSPC and EDQUOT, else io_error.
Error file_error(std::string_view what, const std::filesystem::path& file, int error_number);

/// Creates (or truncates) a file of mode 0600 for writing.
Result<FileDescriptor> create_file(const std::filesystem::path& file);

/// Opens a file for reading.
Result<FileDescriptor> open_file(const std::filesystem::path& file);

/// Opens a file that another process of ours wrote, which may have been taken over: a link is not followed, and what is
/// no regular file is refused without waiting for it. Errors: io_error.
Result<FileDescriptor> open_regular_file(const std::filesystem::path& file);

/// Writes all of `bytes`, whatever the kernel takes at once.
Result<void> write_all(int fd, std::span<const std::byte> bytes, const std::filesystem::path& name);

/// Reads up to bytes.size() bytes at `offset`; fewer only at the end of the file.
Result<std::size_t> read_at(int fd, std::span<std::byte> bytes, std::uint64_t offset,
                            const std::filesystem::path& name);

/// The whole file. Errors: io_error; limit_exceeded when it is larger than `limit_bytes`.
Result<std::vector<std::byte>> read_file(const std::filesystem::path& file, std::uint64_t limit_bytes);

/// Writes a temporary file beside `file`, syncs it and renames it over: after a crash the old or the new file is there.
Result<void> write_file_atomically(const std::filesystem::path& file, std::span<const std::byte> bytes);

/// Where writing into a file of this name ends up: at what links lead to. A link that leads nowhere is given back.
std::filesystem::path behind_links(const std::filesystem::path& file);

/// fsync on a folder, so that a rename in it is durable.
Result<void> sync_directory(const std::filesystem::path& directory);

}  // namespace kiln
