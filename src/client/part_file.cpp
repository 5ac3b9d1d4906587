#include "client/part_file.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <span>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace kiln::client {

Result<PartFile> PartFile::create(const std::filesystem::path& file) {
  PartFile result;
  result.file_ = behind_links(file);
  std::string name = result.file_.string() + ".part-XXXXXX";
  result.fd_ = FileDescriptor(::mkostemp(name.data(), O_CLOEXEC));
  if (!result.fd_) return file_error("cannot create", file, errno);
  result.part_ = name;
  return result;
}

PartFile::PartFile(PartFile&& other) noexcept
    : file_(std::move(other.file_)), part_(std::exchange(other.part_, {})), fd_(std::move(other.fd_)) {}

PartFile::~PartFile() {
  if (!part_.empty()) ::unlink(part_.c_str());
}

Result<void> PartFile::write(std::string_view bytes) {
  return write_all(fd_.get(), std::as_bytes(std::span(bytes)), file_);
}

Result<void> PartFile::commit() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  if (::fchmod(fd_.get(), 0666 & ~mask) != 0 || ::fsync(fd_.get()) != 0) return file_error("cannot sync", file_, errno);
  if (::rename(part_.c_str(), file_.c_str()) != 0) return file_error("cannot rename to", file_, errno);
  part_.clear();
  return {};
}

}  // namespace kiln::client
