#include "scene/import/ply_header.h"

#include <array>
#include <utility>

#include "scene/import/text_lines.h"

namespace kiln::scene {
namespace {

constexpr std::size_t kMostProperties = 4096;  // of all elements

PlyType type_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, PlyType>, 16> kNames{{{"char", PlyType::int8},
                                                                         {"int8", PlyType::int8},
                                                                         {"uchar", PlyType::uint8},
                                                                         {"uint8", PlyType::uint8},
                                                                         {"short", PlyType::int16},
                                                                         {"int16", PlyType::int16},
                                                                         {"ushort", PlyType::uint16},
                                                                         {"uint16", PlyType::uint16},
                                                                         {"int", PlyType::int32},
                                                                         {"int32", PlyType::int32},
                                                                         {"uint", PlyType::uint32},
                                                                         {"uint32", PlyType::uint32},
                                                                         {"float", PlyType::float32},
                                                                         {"float32", PlyType::float32},
                                                                         {"double", PlyType::float64},
                                                                         {"float64", PlyType::float64}}};
  for (const auto& [known, type] : kNames)
    if (known == name) return type;
  return PlyType::none;
}

class HeaderReader {
 public:
  explicit HeaderReader(std::string_view file) : lines_(file) {}

  Result<PlyHeader> read() {
    lines_.next();
    if (lines_.word() != "ply") return lines_.error("PLY: the file does not begin with \"ply\"");
    bool has_format = false;
    while (lines_.next()) {
      const std::string_view key = lines_.word();
      if (key == "end_header") {
        if (!has_format) return lines_.error("PLY: the header has no format");
        header_.body = lines_.remaining();
        header_.lines = lines_.number();
        return std::move(header_);
      }
      if (key.empty() || key == "obj_info") continue;
      if (key == "comment") {
        read_comment();
        continue;
      }
      auto done = key == "format"     ? read_format()
                  : key == "element"  ? read_element()
                  : key == "property" ? read_property()
                                      : lines_.error("PLY: the header has an unknown statement " + in_quotes(key));
      if (!done) return done.error();
      has_format |= key == "format";
    }
    return lines_.error("PLY: the file ends within its header");
  }

 private:
  void read_comment() {
    if (lines_.word() == "TextureFile" && header_.texture.empty()) header_.texture = lines_.rest();
  }

  Result<void> read_format() {
    const std::string_view format = lines_.word(), version = lines_.word();
    header_.is_text = format == "ascii";
    header_.is_big_endian = format == "binary_big_endian";
    if (!header_.is_text && !header_.is_big_endian && format != "binary_little_endian")
      return lines_.error("PLY: the format " + in_quotes(format) + " is unknown");
    if (version != "1.0") return lines_.error("PLY: version " + in_quotes(version) + " is not 1.0");
    return {};
  }

  Result<void> read_element() {
    const std::string_view name = lines_.word(), count_word = lines_.word();
    const auto count = to_integer(count_word);
    if (name.empty() || !count || *count < 0)
      return lines_.error("PLY: " + in_quotes(count_word) + " is no count of elements");
    if (header_.elements.size() >= kMostProperties) return lines_.error("PLY: there are too many elements");
    header_.elements.push_back({std::string(name), static_cast<std::uint64_t>(*count), {}});
    return {};
  }

  Result<void> read_property() {
    if (header_.elements.empty()) return lines_.error("PLY: a property stands before the first element");
    if (++properties_ > kMostProperties) return lines_.error("PLY: there are too many properties");
    PlyProperty property;
    std::string_view type = lines_.word();
    if (type == "list") {
      const std::string_view count_type = lines_.word();
      property.count_type = type_of(count_type);
      if (!is_integer(property.count_type))
        return lines_.error("PLY: " + in_quotes(count_type) + " is no type of a list's length");
      type = lines_.word();
    }
    property.type = type_of(type);
    if (property.type == PlyType::none) return lines_.error("PLY: the type " + in_quotes(type) + " is unknown");
    property.name = lines_.word();
    if (property.name.empty()) return lines_.error("PLY: a property has no name");
    header_.elements.back().properties.push_back(std::move(property));
    return {};
  }

  TextLines lines_;
  PlyHeader header_;
  std::size_t properties_ = 0;
};

}  // namespace

std::size_t bytes_of(PlyType type) {
  constexpr std::array<std::size_t, 9> kBytes{0, 1, 1, 2, 2, 4, 4, 4, 8};
  return kBytes[static_cast<std::size_t>(type)];
}

bool is_integer(PlyType type) { return type != PlyType::none && type != PlyType::float32 && type != PlyType::float64; }

Result<PlyHeader> read_ply_header(std::string_view file) { return HeaderReader(file).read(); }

}  // namespace kiln::scene
