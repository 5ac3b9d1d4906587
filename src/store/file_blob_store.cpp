#include "store/file_blob_store.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace kiln::store {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStaging = "staging";
constexpr std::string_view kStagedPrefix = "staged-";

/// A name must not lead out of its folder, nor be taken for a temporary file.
Result<void> check_name(const std::string& name) {
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' ||
           c == '-';
  };
  if (name.empty() || name.size() > 200 || name.front() == '.' || !std::all_of(name.begin(), name.end(), allowed)) {
    return Error{ErrorCode::io_error, "\"" + name + "\" is not a name for stored data", ""};
  }
  return {};
}

Result<void> make_folder(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) return file_error("cannot create folder", folder, failed.value());
  return {};
}

/// A folder is durable once the one it lies in is synced: all that are new, from the innermost outwards.
Result<void> make_durable_folder(const fs::path& folder) {
  std::error_code failed;
  const fs::path whole = fs::absolute(folder, failed).lexically_normal();
  if (failed) return file_error("cannot find folder", folder, failed.value());
  std::vector<fs::path> parents;
  for (fs::path path = whole; !fs::exists(path, failed) && path.has_relative_path(); path = path.parent_path()) {
    parents.push_back(path.parent_path());
  }
  if (auto made = make_folder(folder); !made) return made;
  for (const fs::path& parent : parents) {
    if (auto synced = sync_directory(parent); !synced) return synced;
  }
  return {};
}

/// "staged-17", or "staged-17.part" of a writer that was killed at its work.
bool is_staged_name(std::string_view name) {
  if (!name.starts_with(kStagedPrefix)) return false;
  name.remove_prefix(kStagedPrefix.size());
  const std::size_t digits = std::min(name.find_first_not_of("0123456789"), name.size());
  return digits > 0 && (digits == name.size() || name.substr(digits) == ".part");
}

/// Removes what an earlier process left. A file that is not ours stays: the folder may be anybody's.
Result<void> sweep_staging(const fs::path& folder) {
  std::error_code failed;
  for (fs::directory_iterator i(folder, failed), end; !failed && i != end; i.increment(failed)) {
    if (!is_staged_name(i->path().filename().string())) continue;
    if (::unlink(i->path().c_str()) != 0) return file_error("cannot remove", i->path(), errno);
  }
  if (failed) return file_error("cannot read folder", folder, failed.value());
  return {};
}

/// The kernel lets go of the lock when the process ends, however it ends.
Result<FileDescriptor> lock_folder(const fs::path& folder) {
  const fs::path file = folder / "kiln.lock";
  FileDescriptor fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return file_error("cannot create", file, errno);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  if (errno != EWOULDBLOCK) return file_error("cannot lock", file, errno);
  return Error{ErrorCode::io_error, "another kiln server uses the data folder " + folder.string() + ": choose another",
               ""};
}

Result<void> sync_file(const StagedBlob& staged) {
  FileDescriptor opened;
  int fd = staged.descriptor();
  if (fd < 0) {
    auto again = open_regular_file(staged.path());
    if (!again) return again.error();
    opened = std::move(*again);
    fd = opened.get();
  }
  if (::fsync(fd) != 0) return file_error("cannot sync", staged.path(), errno);
  return {};
}

}  // namespace

Result<std::unique_ptr<FileBlobStore>> FileBlobStore::open(const fs::path& data, bool may_link) {
  if (data.empty()) return Error{ErrorCode::io_error, "the data folder has no name", ""};
  if (auto made = make_durable_folder(data); !made) return made.error();
  auto lock = lock_folder(data);
  if (!lock) return lock.error();
  std::unique_ptr<FileBlobStore> store(new FileBlobStore(data, std::move(*lock), may_link));
  const fs::path staging = data / kStaging;
  for (const fs::path& folder : {store->folder(BlobFolder::assets), store->folder(BlobFolder::results),
                                 store->folder(BlobFolder::checkpoints), staging}) {
    if (auto made = make_folder(folder); !made) return made.error();
  }
  if (auto swept = sweep_staging(staging); !swept) return swept.error();
  if (auto synced = sync_directory(data); !synced) return synced.error();
  return store;
}

fs::path FileBlobStore::folder(BlobFolder folder) const {
  switch (folder) {
    case BlobFolder::assets:
      return data_ / "assets";
    case BlobFolder::results:
      return data_ / "results";
    case BlobFolder::checkpoints:
      break;
  }
  return data_ / "checkpoints";
}

fs::path FileBlobStore::path(BlobFolder where, const std::string& name) const { return folder(where) / name; }

Result<StagedBlob> FileBlobStore::stage() {
  StagedBlob staged = stage_path();
  auto fd = create_file(staged.path());
  if (!fd) return fd.error();
  const fs::path path = staged.path();
  staged.keep();  // the blob that owns the descriptor takes the path over
  return StagedBlob(std::move(*fd), path);
}

StagedBlob FileBlobStore::stage_path() {
  return StagedBlob(FileDescriptor(),
                    data_ / kStaging / (std::string(kStagedPrefix) + std::to_string(next_staged_.fetch_add(1))));
}

Result<void> FileBlobStore::commit(StagedBlob staged, BlobFolder where, const std::string& name) {
  if (auto good = check_name(name); !good) return good;
  // The bytes reach the disk before the name does: a crash never shows a torn file.
  if (auto synced = sync_file(staged); !synced) return synced;
  const fs::path target = path(where, name);
  if (::rename(staged.path().c_str(), target.c_str()) != 0) return file_error("cannot rename to", target, errno);
  staged.keep();
  auto synced = sync_directory(folder(where));
  if (!synced) ::unlink(target.c_str());
  return synced;
}

Result<std::vector<bool>> FileBlobStore::link(BlobFolder where, std::span<const BlobLink> links) {
  std::vector<bool> made;
  Result<void> done;
  for (const BlobLink& link : links) {
    auto one = link_or_copy(where, link);
    if (!one) done = one.error();
    if (!done) break;
    made.push_back(*one);
  }
  if (done) done = sync_directory(folder(where));
  if (done) return made;
  for (std::size_t i = 0; i < made.size(); ++i) {
    if (made[i]) ::unlink(path(where, links[i].to).c_str());
  }
  return done.error();
}

/// False: there is nothing to link to.
Result<bool> FileBlobStore::link_or_copy(BlobFolder where, const BlobLink& link) {
  for (const std::string& name : {link.from, link.to}) {
    if (auto good = check_name(name); !good) return good.error();
  }
  const fs::path from = path(where, link.from), to = path(where, link.to);
  if (may_link_ && ::link(from.c_str(), to.c_str()) == 0) return true;
  const int error = may_link_ ? errno : EOPNOTSUPP;
  const bool cannot_link = error == EPERM || error == EOPNOTSUPP || error == ENOSYS || error == EMLINK;
  if (error != ENOENT && !cannot_link) return file_error("cannot link to", to, error);
  std::error_code ignored;
  if (error == ENOENT || !fs::exists(from, ignored)) return false;
  if (auto copied = copy(where, link); !copied) return copied.error();
  return true;
}

Result<void> FileBlobStore::copy(BlobFolder where, const BlobLink& link) {
  const fs::path from = path(where, link.from);
  auto source = open_regular_file(from);
  if (!source) return source.error();
  auto staged = stage();
  if (!staged) return staged.error();
  std::vector<std::byte> piece(std::size_t{1} << 20);
  for (;;) {
    const auto bytes = read_at(source->get(), piece, staged->bytes(), from);
    if (!bytes) return bytes.error();
    if (*bytes == 0) return commit(std::move(*staged), where, link.to);
    if (auto written = staged->write(std::span(piece).first(*bytes)); !written) return written;
  }
}

Result<FileDescriptor> FileBlobStore::open(BlobFolder where, const std::string& name) const {
  if (auto good = check_name(name); !good) return good.error();
  return open_regular_file(path(where, name));
}

Result<std::uint64_t> FileBlobStore::size(BlobFolder where, const std::string& name) const {
  if (auto good = check_name(name); !good) return good.error();
  std::error_code failed;
  const auto bytes = fs::file_size(path(where, name), failed);
  if (failed) return file_error("cannot read", path(where, name), failed.value());
  return static_cast<std::uint64_t>(bytes);
}

Result<void> FileBlobStore::remove(BlobFolder where, const std::string& name) {
  if (auto good = check_name(name); !good) return good;
  const fs::path file = path(where, name);
  if (::unlink(file.c_str()) != 0 && errno != ENOENT) return file_error("cannot remove", file, errno);
  return {};
}

Result<std::vector<std::string>> FileBlobStore::list(BlobFolder where) const {
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator i(folder(where), failed), end; !failed && i != end; i.increment(failed)) {
    names.push_back(i->path().filename().string());
  }
  if (failed) return file_error("cannot read folder", folder(where), failed.value());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace kiln::store
