#include "base/file_kind.h"

#include <algorithm>
#include <array>

namespace kiln {
namespace {

constexpr std::string_view kBlank = " \t\r\n";
constexpr std::size_t kStlTextBytes = 80;

// Statements that files begin with; polygons, lines and points come later, and single letters open many a sentence.
constexpr std::array<std::string_view, 14> kObjStatements{
    "v", "vt", "vn", "vp", "o", "g", "s", "mtllib", "usemtl", "cstype", "maplib", "mg", "lod", "usemap"};

std::string_view without_mark(std::string_view text) {
  return text.starts_with("\xef\xbb\xbf") ? text.substr(3) : text;
}

bool is_control(char c) {
  return (c >= 0 && c < ' ' && kBlank.find(c) == std::string_view::npos && c != '\f') || c == 0x7f;
}

bool is_text(std::string_view bytes) { return std::none_of(bytes.begin(), bytes.end(), is_control); }

std::string_view first_word(std::string_view text) {
  const std::size_t start = std::min(text.find_first_not_of(kBlank), text.size());
  return text.substr(start, text.find_first_of(kBlank, start) - start);
}

/// The first line that is neither empty nor a comment.
std::string_view first_statement(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    const std::string_view line = text.substr(0, end), word = first_word(line);
    if (!word.empty() && word[0] != '#') return line;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

bool is_obj(std::string_view text) {
  if (!is_text(text)) return false;
  const std::string_view line = first_statement(text), word = first_word(line);
  if (std::find(kObjStatements.begin(), kObjStatements.end(), word) == kObjStatements.end()) return false;
  if (word[0] != 'v') return true;
  const std::string_view number = first_word(line.substr(line.find(word) + word.size()));
  return !number.empty() && number.find_first_not_of("+-.0123456789eEnNaAiIfF") == std::string_view::npos;
}

bool is_text_stl(std::string_view text) {
  constexpr std::string_view kFirst = "solid";
  const std::string_view word = first_word(text);
  const auto same = [](char a, char b) { return (a | 0x20) == b; };
  if (!std::equal(word.begin(), word.end(), kFirst.begin(), kFirst.end(), same) || !is_text(text)) return false;
  constexpr std::string_view kNext = "facet", kLast = "endsolid";
  return std::search(text.begin(), text.end(), kNext.begin(), kNext.end(), same) != text.end() ||
         std::search(text.begin(), text.end(), kLast.begin(), kLast.end(), same) != text.end();
}

bool is_binary_stl(std::string_view bytes, std::uint64_t file_bytes) {
  if (bytes.size() < kStlHeaderBytes) return false;
  const std::uint64_t triangles = stl_triangle_count(bytes);
  return file_bytes == kStlHeaderBytes + kStlTriangleBytes * triangles;
}

/// A header of text, padded as programs do, and something behind it that is none.
bool is_broken_stl(std::string_view bytes) {
  if (bytes.size() < kStlHeaderBytes || stl_triangle_count(bytes) == 0) return false;
  const std::string_view header = bytes.substr(0, std::min(bytes.find('\0'), kStlTextBytes));
  const std::string_view padding = bytes.substr(header.size(), kStlTextBytes - header.size());
  return header.size() >= 4 && is_text(header) && padding.find_first_not_of('\0') == std::string_view::npos &&
         !is_text(bytes.substr(kStlTextBytes));
}

}  // namespace

std::uint32_t stl_triangle_count(std::string_view bytes) {
  std::uint32_t count = 0;
  if (bytes.size() < kStlHeaderBytes) return 0;
  for (std::size_t i = kStlHeaderBytes; i-- > kStlTextBytes;) count = count << 8 | static_cast<unsigned char>(bytes[i]);
  return count;
}

FileKind kind_of_file(std::string_view first_bytes, std::uint64_t file_bytes) {
  const std::string_view bytes = first_bytes.substr(0, kTellingBytes);
  if (bytes.starts_with("glTF")) return FileKind::glb;
  if (bytes.starts_with("\x76\x2f\x31\x01")) return FileKind::openexr;
  if (bytes.starts_with("PK\3\4") || bytes.starts_with("PK\5\6")) return FileKind::zip;
  if (bytes.starts_with("ply\n") || bytes.starts_with("ply\r")) return FileKind::ply;
  if (is_binary_stl(bytes, file_bytes)) return FileKind::stl;
  if (bytes.starts_with("#?")) return FileKind::radiance_hdr;
  const std::string_view text = without_mark(bytes);
  if (const std::string_view word = first_word(text); !word.empty() && word[0] == '{') return FileKind::gltf;
  if (is_text_stl(text) || is_broken_stl(bytes)) return FileKind::stl;
  return is_obj(text) ? FileKind::obj : FileKind::unknown;
}

}  // namespace kiln
