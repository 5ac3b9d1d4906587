#include "base/files.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace kiln {

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = other.release();
  }
  return *this;
}

int FileDescriptor::release() { return std::exchange(fd_, -1); }

void FileDescriptor::close() {
  if (fd_ >= 0) ::close(release());
}

Error file_error(std::string_view what, const std::filesystem::path& file, int error_number) {
  const bool full = error_number == ENOSPC || error_number == EDQUOT;
  return {full ? ErrorCode::storage_full : ErrorCode::io_error,
          std::string(what) + " " + file.string() + ": " + std::generic_category().message(error_number), ""};
}

static Error not_regular(const std::filesystem::path& file) {
  return {ErrorCode::io_error, file.string() + " is not a regular file", ""};
}

Result<FileDescriptor> create_file(const std::filesystem::path& file) {
  FileDescriptor fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd) return file_error("cannot create", file, errno);
  return fd;
}

Result<FileDescriptor> open_file(const std::filesystem::path& file) {
  FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return file_error("cannot open", file, errno);
  return fd;
}

Result<FileDescriptor> open_regular_file(const std::filesystem::path& file) {
  FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat info {};
  if (!fd || ::fstat(fd.get(), &info) != 0) return file_error("cannot open", file, errno);
  if (!S_ISREG(info.st_mode)) return not_regular(file);
  return fd;
}

Result<void> write_all(int fd, std::span<const std::byte> bytes, const std::filesystem::path& name) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return file_error("cannot write", name, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

Result<std::size_t> read_at(int fd, std::span<std::byte> bytes, std::uint64_t offset,
                            const std::filesystem::path& name) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return file_error("cannot read", name, errno);
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

Result<std::vector<std::byte>> read_file(const std::filesystem::path& file, std::uint64_t limit_bytes) {
  auto fd = open_file(file);
  if (!fd) return fd.error();
  struct stat info {};
  if (::fstat(fd->get(), &info) != 0) return file_error("cannot read", file, errno);
  if (!S_ISREG(info.st_mode)) return not_regular(file);
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size > limit_bytes) {
    return Error{ErrorCode::limit_exceeded,
                 file.filename().string() + " has " + std::to_string(size) + " bytes; the limit is " +
                     std::to_string(limit_bytes),
                 ""};
  }
  std::vector<std::byte> bytes(size);
  const auto n = read_at(fd->get(), bytes, 0, file);
  if (!n) return n.error();
  bytes.resize(*n);
  return bytes;
}

Result<void> write_file_atomically(const std::filesystem::path& file, std::span<const std::byte> bytes) {
  std::filesystem::path temporary = file;
  temporary += ".part";
  auto fd = create_file(temporary);
  if (!fd) return fd.error();
  Result<void> written = write_all(fd->get(), bytes, temporary);
  if (written && ::fsync(fd->get()) != 0) written = file_error("cannot sync", temporary, errno);
  if (written && ::rename(temporary.c_str(), file.c_str()) != 0) written = file_error("cannot rename to", file, errno);
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  return sync_directory(file.has_parent_path() ? file.parent_path() : std::filesystem::path("."));
}

std::filesystem::path behind_links(const std::filesystem::path& file) {
  std::error_code failed;
  if (!std::filesystem::is_symlink(file, failed)) return file;
  auto target = std::filesystem::canonical(file, failed);
  return failed ? file : target;
}

Result<void> sync_directory(const std::filesystem::path& directory) {
  FileDescriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return file_error("cannot open", directory, errno);
  if (::fsync(fd.get()) != 0) return file_error("cannot sync", directory, errno);
  return {};
}

}  // namespace kiln
