#include "scene/import/package.h"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <array>

#include "scene/import/text_lines.h"

namespace kiln::scene {
namespace {

constexpr std::uint64_t kFreeBytes = std::uint64_t{64} << 20, kMostRatio = 64;
constexpr std::size_t kMostFiles = 65536;

Error invalid(const std::string& what) { return {ErrorCode::invalid_scene, "ZIP: " + what, ""}; }

using Archive = std::unique_ptr<archive, decltype(&archive_read_free)>;

Error trouble(archive* zip) {
  const char* text = archive_error_string(zip);
  return invalid(text == nullptr ? "the archive is broken" : text);
}

/// What an entry holds, within `room`, which it takes from.
Result<std::vector<std::byte>> unpack(archive* zip, const std::string& path, std::uint64_t& room) {
  std::vector<std::byte> bytes;
  std::array<std::byte, 1 << 16> piece{};
  while (true) {
    const la_ssize_t count = archive_read_data(zip, piece.data(), piece.size());
    if (count < 0) {
      Error error = trouble(zip);
      error.message += ", in " + in_quotes(path);
      return error;
    }
    if (count == 0) return bytes;
    if (static_cast<std::uint64_t>(count) > room)
      return Error{ErrorCode::limit_exceeded, "ZIP: the archive unpacks to more than it may", ""};
    room -= static_cast<std::uint64_t>(count);
    bytes.insert(bytes.end(), piece.begin(), piece.begin() + count);
  }
}

bool is_model(const std::string& path) {
  const std::string name = lower_case(last_part_of(path));
  if (name.starts_with('.') || path.starts_with("__MACOSX/")) return false;
  return std::ranges::any_of(std::array{".gltf", ".glb", ".obj", ".ply", ".stl"},
                             [&](const char* ending) { return name.ends_with(ending); });
}

}  // namespace

Result<std::unique_ptr<PackageFiles>> PackageFiles::read(std::span<const std::byte> bytes, const Limits& limits) {
  auto package = std::make_unique<PackageFiles>();
  const Archive zip(archive_read_new(), archive_read_free);
  if (!zip) return Error{ErrorCode::out_of_memory, "there is no memory to read an archive", ""};
  archive_read_support_format_zip_seekable(zip.get());
  if (archive_read_open_memory(zip.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) return trouble(zip.get());
  std::uint64_t room = std::min(limits.max_file_bytes, kFreeBytes + kMostRatio * bytes.size());
  archive_entry* entry = nullptr;
  std::size_t entries = 0;
  while (true) {
    const int answer = archive_read_next_header(zip.get(), &entry);
    if (answer == ARCHIVE_EOF) break;
    if (answer != ARCHIVE_OK && answer != ARCHIVE_WARN) return trouble(zip.get());
    if (++entries > kMostFiles)
      return Error{ErrorCode::limit_exceeded, "ZIP: there are more than " + std::to_string(kMostFiles) + " files", ""};
    const char* name = archive_entry_pathname_utf8(entry);
    if (name == nullptr) name = archive_entry_pathname(entry);
    if (archive_entry_filetype(entry) != AE_IFREG || name == nullptr || !is_utf8(name)) continue;
    const auto path = resolved_path("", name);
    if (!path) continue;
    auto content = unpack(zip.get(), *path, room);
    if (!content) return content.error();
    package->bytes_ += content->size();
    package->lower_case_.emplace(lower_case(*path), *path);
    const auto [last, is_first] = package->last_parts_.emplace(lower_case(last_part_of(*path)), *path);
    if (!is_first) last->second.clear();
    package->files_.emplace(*path, *std::move(content));
  }
  return package;
}

Result<std::string> PackageFiles::model() const {
  std::vector<std::string> nearest;
  std::ptrdiff_t depth = 0;
  for (const auto& [path, bytes] : files_) {
    if (!is_model(path)) continue;
    const std::ptrdiff_t own = std::count(path.begin(), path.end(), '/');
    if (!nearest.empty() && own > depth) continue;
    if (own < depth) nearest.clear();
    depth = own;
    nearest.push_back(path);
  }
  if (nearest.empty()) return invalid("the archive holds no .gltf, .glb, .obj, .ply or .stl file");
  if (nearest.size() > 1)
    return invalid("the archive holds several models, " + in_quotes(nearest[0]) + " and " + in_quotes(nearest[1]) +
                   " among them; one may be nearest to its root");
  return nearest[0];
}

const std::vector<std::byte>* PackageFiles::lookup(const std::string& path) const {
  if (const auto it = files_.find(path); it != files_.end()) return &it->second;
  const auto it = lower_case_.find(lower_case(path));
  return it == lower_case_.end() ? nullptr : &files_.at(it->second);
}

Result<std::optional<std::span<const std::byte>>> PackageFiles::find(std::string_view name,
                                                                     std::string_view from) const {
  using Found = std::optional<std::span<const std::byte>>;
  if (const auto path = resolved_path(folder_of(from), name))
    if (const auto* bytes = lookup(*path)) return Found(*bytes);
  const auto last = last_parts_.find(lower_case(last_part_of(name)));
  if (last == last_parts_.end() || last->second.empty()) return Found();
  return Found(files_.at(last->second));
}

}  // namespace kiln::scene
