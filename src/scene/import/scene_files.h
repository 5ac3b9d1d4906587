#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kiln/error.h"

#include "scene/limits.h"

namespace kiln::scene {

/// What a model may name beside itself: materials, pictures, buffers.
class SceneFiles {
 public:
  SceneFiles() = default;
  SceneFiles(const SceneFiles&) = delete;
  SceneFiles& operator=(const SceneFiles&) = delete;
  virtual ~SceneFiles() = default;

  /// The file of this name, as written in the file `from` (a path within these files): relative to its folder; else, as
  /// exporters write the paths of their own machine, the one that has the name's last part. Backslashes are slashes.
  /// Nothing outside is ever reached. nullopt where there is no such file. The bytes live as long as this object, and
  /// each file has them at one place, whatever name it is found by. Errors: io_error, limit_exceeded.
  virtual Result<std::optional<std::span<const std::byte>>> find(std::string_view name,
                                                                 std::string_view from) const = 0;
};

/// The folder that a model lies in, and those below it; bare names are looked for in the folder alone. One thread at a
/// time.
class FolderFiles final : public SceneFiles {
 public:
  FolderFiles(std::filesystem::path folder, const Limits& limits) : folder_(std::move(folder)), limits_(limits) {}
  Result<std::optional<std::span<const std::byte>>> find(std::string_view name, std::string_view from) const override;

 private:
  std::filesystem::path folder_;
  Limits limits_;
  mutable std::map<std::string, std::vector<std::byte>> files_;  ///< those that were found, by path
};

/// The parts of a path with slashes or backslashes, "." and ".." resolved; nullopt where it leads out of its root or is
/// an absolute one.
std::optional<std::string> resolved_path(std::string_view folder, std::string_view name);

std::string_view folder_of(std::string_view path);     ///< without the last part; "" for a file at the root
std::string_view last_part_of(std::string_view path);  ///< after the last slash or backslash

}  // namespace kiln::scene
