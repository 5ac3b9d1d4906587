#include "scene/import/scene_files.h"

#include <system_error>

#include "base/files.h"

namespace kiln::scene {

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.find_last_of("/\\");
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::string_view last_part_of(std::string_view path) {
  const std::size_t slash = path.find_last_of("/\\");
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::optional<std::string> resolved_path(std::string_view folder, std::string_view name) {
  if (name.starts_with('/') || name.starts_with('\\') || (name.size() > 1 && name[1] == ':')) return std::nullopt;
  const std::string path = std::string(folder) + "/" + std::string(name);
  std::vector<std::string_view> parts;
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find_first_of("/\\", start), path.size());
    const std::string_view part = std::string_view(path).substr(start, end - start);
    start = end + 1;
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (parts.empty()) {
      return std::nullopt;
    } else {
      parts.pop_back();
    }
  }
  std::string out;
  for (const std::string_view part : parts) (out += out.empty() ? "" : "/") += part;
  return out.empty() || out.find('\0') != std::string_view::npos ? std::nullopt : std::optional(std::move(out));
}

Result<std::optional<std::span<const std::byte>>> FolderFiles::find(std::string_view name,
                                                                    std::string_view from) const {
  const auto path = resolved_path(folder_of(from), name);
  const auto bare = resolved_path("", last_part_of(name));
  for (const auto& candidate : {path, bare}) {
    std::error_code none;
    if (!candidate) continue;
    if (const auto known = files_.find(*candidate); known != files_.end())
      return std::optional<std::span<const std::byte>>(known->second);
    if (!std::filesystem::is_regular_file(folder_ / *candidate, none)) continue;
    auto bytes = read_file(folder_ / *candidate, limits_.max_file_bytes);
    if (!bytes) return bytes.error();
    return std::optional<std::span<const std::byte>>(files_[*candidate] = *std::move(bytes));
  }
  return std::optional<std::span<const std::byte>>();
}

}  // namespace kiln::scene
