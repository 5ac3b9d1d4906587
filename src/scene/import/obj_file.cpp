#include "scene/import/obj_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "scene/import/model_builder.h"
#include "scene/import/text_lines.h"

namespace kiln::scene {
namespace {

/// Names are kept once; index 0 is that of no name.
class Names {
 public:
  std::uint32_t index_of(std::string_view name) {
    const auto [it, is_new] = indices_.try_emplace(std::string(name), static_cast<std::uint32_t>(names_.size()));
    if (is_new) names_.push_back(it->first);
    return it->second;
  }
  std::vector<std::string> take() { return std::move(names_); }

 private:
  std::vector<std::string> names_{""};
  std::map<std::string, std::uint32_t> indices_{{"", 0}};
};

/// Statements that change nothing of the polygons.
bool is_passed_over(std::string_view key) {
  static const std::set<std::string_view> kKeys{"vp",     "p",        "l",        "mg",         "lod",
                                                "bevel",  "c_interp", "d_interp", "shadow_obj", "trace_obj",
                                                "maplib", "usemap",   "call",     "csh"};
  return kKeys.contains(key);
}

bool is_of_curves(std::string_view key) {
  static const std::set<std::string_view> kKeys{"cstype", "deg",   "bmat", "step", "curv", "curv2", "surf",
                                                "parm",   "trim",  "hole", "scrv", "sp",   "end",   "con",
                                                "ctech",  "stech", "bzp",  "bsp",  "cdc",  "cdp",   "res"};
  return kKeys.contains(key);
}

class ObjReader {
 public:
  ObjReader(std::string_view text, const Limits& limits) : lines_(text, true), limits_(limits) {}

  Result<ObjFile> read() {
    while (lines_.next()) {
      const std::string_view key = lines_.word();
      if (key.empty() || key[0] == '#') continue;
      if (auto done = read_statement(key); !done) return done.error();
    }
    if (auto good = check_corners(); !good) return good.error();
    if (file_.faces.empty()) return Error{ErrorCode::invalid_scene, "OBJ: there are no faces", ""};
    if (!has_objects_)
      for (std::size_t i = 0; i < file_.faces.size(); ++i) file_.faces[i].object = groups_of_faces_[i];
    file_.objects = has_objects_ ? objects_.take() : groups_.take();
    file_.materials = materials_.take();
    if (!file_.colors.empty()) file_.colors.resize(file_.positions.size(), {1, 1, 1});
    return std::move(file_);
  }

 private:
  Result<void> read_statement(std::string_view key) {
    if (key == "v") return read_position();
    if (key == "f" || key == "fo") return read_face();
    if (key == "vn") return read_normal();
    if (key == "vt") return read_uv();
    if (key == "s") return read_smoothing();
    if (key == "o" || key == "g" || key == "usemtl" || key == "mtllib") return read_name(key);
    if (is_passed_over(key)) return {};
    if (is_of_curves(key)) {
      warn_once("curves and surfaces are not drawn", key);
    } else {
      warn_once("the statement " + in_quotes(key) + " is unknown", key);
    }
    return {};
  }

  void warn_once(const std::string& what, std::string_view key) {
    constexpr std::size_t kMostKeys = 20;
    const std::string about(is_of_curves(key) ? "curves" : key);
    if (warned_.size() < kMostKeys && warned_.insert(about).second)
      file_.warnings.push_back("line " + std::to_string(lines_.number()) + ": " + what);
  }

  /// The numbers of the line, as many as there are up to eight. Nothing else may stand there.
  Result<std::size_t> read_numbers(std::size_t fewest) {
    std::size_t count = 0;
    for (std::string_view word = lines_.word(); !word.empty(); word = lines_.word()) {
      if (word[0] == '#') break;
      const auto number = to_float(word);
      if (!number) return lines_.error(in_quotes(word) + " is no finite number");
      if (count == numbers_.size()) break;
      numbers_[count++] = *number;
    }
    if (count < fewest)
      return lines_.error("there are " + std::to_string(count) + " numbers instead of " + std::to_string(fewest));
    return count;
  }

  Result<void> check_room(std::size_t count) const {
    if (count < limits_.max_vertices && count < kNoIndex) return {};
    return Error{ErrorCode::limit_exceeded,
                 "OBJ: there are more than " + std::to_string(limits_.max_vertices) + " vertices", ""};
  }

  /// x y z, then w, which only curves need, or a colour.
  Result<void> read_position() {
    if (auto room = check_room(file_.positions.size()); !room) return room;
    const auto count = read_numbers(3);
    if (!count) return count.error();
    if (*count >= 6) {
      file_.colors.resize(file_.positions.size(), {1, 1, 1});
      file_.colors.push_back({numbers_[3], numbers_[4], numbers_[5]});
    }
    file_.positions.push_back({numbers_[0], numbers_[1], numbers_[2]});
    return {};
  }

  Result<void> read_normal() {
    if (auto room = check_room(file_.normals.size()); !room) return room;
    if (const auto count = read_numbers(3); !count) return count.error();
    file_.normals.push_back(unit_or_zero({numbers_[0], numbers_[1], numbers_[2]}));
    return {};
  }

  Result<void> read_uv() {
    if (auto room = check_room(file_.uvs.size()); !room) return room;
    const auto count = read_numbers(1);
    if (!count) return count.error();
    file_.uvs.push_back({numbers_[0], *count > 1 ? numbers_[1] : 0});
    return {};
  }

  Result<void> read_smoothing() {
    const std::string_view group = lines_.word();
    const auto number = to_integer(group);
    if (group != "off" && group != "on" && (!number || *number < 0 || *number >= kNoIndex))
      return lines_.error(in_quotes(group) + " is no smoothing group");
    face_.smoothing = group == "on" ? 1 : number ? static_cast<std::uint32_t>(*number) : 0;
    return {};
  }

  Result<void> read_name(std::string_view key) {
    const std::string_view name = lines_.rest();
    if (!is_utf8(name)) return lines_.error("the name is not UTF-8");
    if (key == "usemtl") face_.material = materials_.index_of(name);
    if (key == "g") group_ = groups_.index_of(name);
    if (key == "o") {
      face_.object = objects_.index_of(name);
      has_objects_ = true;
    }
    if (key == "mtllib" && std::find(file_.libraries.begin(), file_.libraries.end(), name) == file_.libraries.end()) {
      constexpr std::size_t kMostLibraries = 1000;
      if (file_.libraries.size() >= kMostLibraries) return lines_.error("there are too many material libraries");
      file_.libraries.emplace_back(name);
    }
    return {};
  }

  /// One index of a corner: from 1, or backwards from what stands before the line. `word` loses what is read.
  Result<std::uint32_t> read_index(std::string_view& word, std::size_t there, const char* what) {
    const std::string_view text = word.substr(0, word.find('/'));
    word.remove_prefix(std::min(text.size() + 1, word.size()));
    const auto number = to_integer(text);
    if (!number || *number == 0 || *number >= kNoIndex)
      return lines_.error(in_quotes(text) + " is no index of a " + what);
    if (*number > 0) return static_cast<std::uint32_t>(*number - 1);
    if (*number < -static_cast<std::int64_t>(there))
      return lines_.error("the index " + std::to_string(*number) + " reaches back before the first " + what + "; " +
                          std::to_string(there) + " stand before the line");
    return static_cast<std::uint32_t>(static_cast<std::int64_t>(there) + *number);
  }

  /// p, p/t, p//n or p/t/n.
  Result<ObjCorner> read_corner(std::string_view word) {
    ObjCorner corner;
    const auto position = read_index(word, file_.positions.size(), "vertex");
    if (!position) return position.error();
    corner.position = *position;
    if (!word.empty() && word[0] != '/') {
      const auto uv = read_index(word, file_.uvs.size(), "texture coordinate");
      if (!uv) return uv.error();
      corner.uv = *uv;
    } else if (!word.empty()) {
      word.remove_prefix(1);
    }
    if (word.empty()) return corner;
    const auto normal = read_index(word, file_.normals.size(), "normal");
    if (!normal) return normal.error();
    if (!word.empty()) return lines_.error("a corner has more than three indices");
    corner.normal = *normal;
    return corner;
  }

  Result<void> read_face() {
    face_.first_corner = file_.corners.size();
    face_.line = lines_.number();
    for (std::string_view word = lines_.word(); !word.empty() && word[0] != '#'; word = lines_.word()) {
      const auto corner = read_corner(word);
      if (!corner) return corner.error();
      if (file_.corners.size() - face_.first_corner >= limits_.max_vertices) return check_room(limits_.max_vertices);
      file_.corners.push_back(*corner);
    }
    const std::uint64_t count = file_.corners.size() - face_.first_corner;
    if (count < 3) return lines_.error("a face has " + std::to_string(count) + " corners, it needs three");
    face_.corners = static_cast<std::uint32_t>(count);
    triangles_ += count - 2;
    if (triangles_ > limits_.max_triangles)
      return Error{ErrorCode::limit_exceeded,
                   "OBJ: there are more than " + std::to_string(limits_.max_triangles) + " triangles", ""};
    file_.faces.push_back(face_);
    groups_of_faces_.push_back(group_);
    return {};
  }

  /// Indices may refer to what comes later in the file.
  Result<void> check_corners() const {
    for (const ObjFace& face : file_.faces)
      for (std::uint64_t i = face.first_corner; i < face.first_corner + face.corners; ++i) {
        const ObjCorner c = file_.corners[i];
        if (auto good = check_index(face, c.position, file_.positions.size(), "vertices"); !good) return good;
        if (auto good = check_index(face, c.uv, file_.uvs.size(), "texture coordinates"); !good) return good;
        if (auto good = check_index(face, c.normal, file_.normals.size(), "normals"); !good) return good;
      }
    return {};
  }

  static Result<void> check_index(const ObjFace& face, std::uint32_t index, std::size_t there, const char* what) {
    if (index < there || index == kNoIndex) return {};
    return Error{ErrorCode::invalid_scene,
                 "line " + std::to_string(face.line) + ": the index " + std::to_string(std::uint64_t{index} + 1) +
                     " is out of range, there are " + std::to_string(there) + " " + what,
                 ""};
  }

  TextLines lines_;
  const Limits& limits_;
  ObjFile file_;
  ObjFace face_;  ///< what holds for the next one
  Names objects_, groups_, materials_;
  std::vector<std::uint32_t> groups_of_faces_;
  std::uint32_t group_ = 0;
  bool has_objects_ = false;
  std::array<float, 8> numbers_{};
  std::uint64_t triangles_ = 0;
  std::set<std::string> warned_;
};

}  // namespace

Result<ObjFile> read_obj_file(std::string_view text, const Limits& limits) { return ObjReader(text, limits).read(); }

}  // namespace kiln::scene
