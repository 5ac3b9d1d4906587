#include "scene/import/import_model.h"

#include "scene/import/obj.h"
#include "scene/import/ply.h"
#include "scene/import/stl.h"

namespace kiln::scene {

bool is_imported(FileKind kind) { return kind == FileKind::obj || kind == FileKind::ply || kind == FileKind::stl; }

Result<ImportedModel> import_model(FileKind kind, std::span<const std::byte> bytes, const std::string& name,
                                   const SceneFiles* files, const Limits& limits) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (kind == FileKind::obj) return read_obj(text, name, files, limits);
  if (kind == FileKind::ply) return read_ply(text, name, files, limits);
  return read_stl(text, limits);
}

}  // namespace kiln::scene
