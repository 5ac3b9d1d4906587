#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kiln/error.h"

#include "scene/import/scene_files.h"
#include "scene/limits.h"

namespace kiln::scene {

/// The files of a ZIP archive in memory. Folders, links and names that lead out of it are passed over;
/// capitals count only where they have to.
class PackageFiles final : public SceneFiles {
 public:
  /// Unpacks it. Bounded by 64 MiB and 64 times the archive's size, by 65536 files, and by limits.max_file_bytes.
  /// Errors: invalid_scene for an archive that is broken or encrypted, limit_exceeded.
  static Result<std::unique_ptr<PackageFiles>> read(std::span<const std::byte> bytes, const Limits& limits);

  /// The path of the one model (.gltf, .glb, .obj, .ply, .stl by its name) that lies nearest to the root.
  /// Errors: invalid_scene where there is none, or more than one so near.
  Result<std::string> model() const;

  std::uint64_t bytes() const { return bytes_; }  ///< of all files

  const std::vector<std::byte>& bytes_of(const std::string& path) const { return files_.at(path); }

  Result<std::optional<std::span<const std::byte>>> find(std::string_view name, std::string_view from) const override;

 private:
  const std::vector<std::byte>* lookup(const std::string& path) const;

  std::map<std::string, std::vector<std::byte>> files_;  ///< by path
  std::map<std::string, std::string> lower_case_;        ///< the path of a path in lower case
  std::map<std::string, std::string> last_parts_;  ///< of a last part in lower case; empty where there are several
  std::uint64_t bytes_ = 0;
};

}  // namespace kiln::scene
