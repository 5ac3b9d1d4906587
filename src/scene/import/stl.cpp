#include "scene/import/stl.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/file_kind.h"
#include "scene/import/text_lines.h"

namespace kiln::scene {
namespace {

static_assert(std::endian::native == std::endian::little, "binary STL is little-endian");

Error invalid(const std::string& what) { return {ErrorCode::invalid_scene, "STL: " + what, ""}; }

Result<void> check_count(std::uint64_t triangles, const Limits& limits) {
  if (triangles <= limits.max_triangles && triangles <= limits.max_vertices / 3) return {};
  return Error{ErrorCode::limit_exceeded,
               "STL: there are more than " + std::to_string(std::min(limits.max_triangles, limits.max_vertices / 3)) +
                   " triangles",
               ""};
}

Result<ImportedModel> read_binary(std::string_view bytes, const Limits& limits) {
  const std::uint64_t count = stl_triangle_count(bytes), room = (bytes.size() - kStlHeaderBytes) / kStlTriangleBytes;
  if (bytes.size() != kStlHeaderBytes + kStlTriangleBytes * count)
    return invalid("the header counts " + std::to_string(count) + " triangles of 50 bytes, but " +
                   std::to_string(bytes.size() - kStlHeaderBytes) + " bytes follow, which hold " +
                   std::to_string(room));
  if (auto can = check_count(count, limits); !can) return can.error();
  if (count == 0) return invalid("there are no triangles");
  ImportedMesh mesh;
  mesh.positions.resize(3 * count);
  constexpr std::size_t kNormalBytes = 12;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::memcpy(&mesh.positions[3 * i], bytes.data() + kStlHeaderBytes + kStlTriangleBytes * i + kNormalBytes,
                3 * sizeof(Vec3));
    for (std::uint64_t k = 3 * i; k < 3 * i + 3; ++k) {
      const Vec3 p = mesh.positions[k];
      if (!std::isfinite(p.x) || !std::isfinite(p.y) || !std::isfinite(p.z))
        return invalid("triangle " + std::to_string(i) + " has a corner that is not finite");
    }
  }
  ModelBuilder builder;
  const auto material = static_cast<std::int64_t>(builder.default_material());
  builder.add_object("", Json::array({builder.primitive(mesh, material)}));
  return builder.finish();
}

/// solid NAME { facet normal x y z outer loop { vertex x y z }3 endloop endfacet } endsolid NAME, words in any case.
class TextStl {
 public:
  TextStl(std::string_view text, const Limits& limits) : lines_(text), limits_(limits) {}

  Result<ImportedModel> read() {
    for (std::string word = next(); !word.empty(); word = next()) {
      if (word != "solid") return lines_.error("STL: there is " + in_quotes(word) + " where a solid should begin");
      if (auto done = read_solid(); !done) return done.error();
    }
    if (triangles_ == 0) return invalid("there are no triangles");
    return builder_.finish();
  }

 private:
  std::string next() { return lower_case(lines_.word_anywhere()); }

  Result<void> expect(const char* wanted) {
    const std::string word = next();
    if (word == wanted) return {};
    if (word.empty()) return lines_.error("STL: the file ends where \"" + std::string(wanted) + "\" should stand");
    return lines_.error("STL: there is " + in_quotes(word) + " where \"" + wanted + "\" should stand");
  }

  Result<void> read_solid() {
    const std::string name(lines_.rest());
    if (!is_utf8(name)) return lines_.error("STL: the name of the solid is not UTF-8");
    ImportedMesh mesh;
    while (true) {
      const std::string word = next();
      if (word == "endsolid") break;
      if (word.empty()) return lines_.error("STL: the file ends without \"endsolid\"");
      if (word != "facet") return lines_.error("STL: there is " + in_quotes(word) + " where a facet should begin");
      if (auto done = read_facet(mesh); !done) return done;
    }
    lines_.rest();
    if (mesh.positions.empty()) return {};
    const auto material = static_cast<std::int64_t>(builder_.default_material());
    builder_.add_object(name, Json::array({builder_.primitive(mesh, material)}));
    return {};
  }

  Result<void> read_facet(ImportedMesh& mesh) {
    if (auto can = check_count(++triangles_, limits_); !can) return can;
    if (auto there = expect("normal"); !there) return there;
    for (int i = 0; i < 3; ++i) next();  // not needed, and often nonsense
    for (const char* wanted : {"outer", "loop"})
      if (auto there = expect(wanted); !there) return there;
    for (int i = 0; i < 3; ++i) {
      if (auto there = expect("vertex"); !there) return there;
      std::optional<float> x[3];
      for (auto& number : x) number = to_float(lines_.word_anywhere());
      if (!x[0] || !x[1] || !x[2]) return lines_.error("STL: a vertex is not three finite numbers");
      mesh.positions.push_back({*x[0], *x[1], *x[2]});
    }
    for (const char* wanted : {"endloop", "endfacet"})
      if (auto there = expect(wanted); !there) return there;
    return {};
  }

  TextLines lines_;
  const Limits& limits_;
  ModelBuilder builder_;
  std::uint64_t triangles_ = 0;
};

bool is_binary(std::string_view bytes) {
  if (bytes.size() < kStlHeaderBytes) return false;
  if (bytes.size() == kStlHeaderBytes + kStlTriangleBytes * std::uint64_t{stl_triangle_count(bytes)}) return true;
  TextLines lines(bytes);
  return lower_case(lines.word_anywhere().substr(0, 5)) != "solid" || bytes.find('\0') != std::string_view::npos;
}

}  // namespace

Result<ImportedModel> read_stl(std::string_view bytes, const Limits& limits) {
  return is_binary(bytes) ? read_binary(bytes, limits) : TextStl(bytes, limits).read();
}

}  // namespace kiln::scene
