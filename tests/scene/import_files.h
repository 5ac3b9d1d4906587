#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <array>
#include <bit>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "glb_builder.h"

/// Small files in other formats than glTF, written here.
namespace kiln::scene::test {

/// A box of 2 x 1 x 3 m at the origin: 8 vertices, 6 quads, seen from outside.
inline constexpr std::array<std::array<float, 3>, 8> kBoxCorners{
    {{0, 0, 0}, {2, 0, 0}, {2, 1, 0}, {0, 1, 0}, {0, 0, 3}, {2, 0, 3}, {2, 1, 3}, {0, 1, 3}}};
inline constexpr std::array<std::array<int, 4>, 6> kBoxFaces{
    {{0, 3, 2, 1}, {4, 5, 6, 7}, {0, 1, 5, 4}, {3, 7, 6, 2}, {0, 4, 7, 3}, {1, 2, 6, 5}}};

inline std::string number(float value) { return nlohmann::json(value).dump(); }

/// The vertices, then what stands between them and the faces, then the faces.
inline std::string box_obj(const std::string& before_faces = "") {
  std::string text;
  for (const auto& p : kBoxCorners) text += "v " + number(p[0]) + " " + number(p[1]) + " " + number(p[2]) + "\n";
  text += before_faces;
  for (const auto& f : kBoxFaces) {
    text += "f";
    for (const int i : f) text += " " + std::to_string(i + 1);
    text += "\n";
  }
  return text;
}

/// Each quad as the triangles 0 1 2 and 0 2 3.
template <class Each>
void each_box_triangle(Each each) {
  for (const auto& f : kBoxFaces)
    for (const std::array<int, 3>& t : {std::array{f[0], f[1], f[2]}, std::array{f[0], f[2], f[3]}}) each(t);
}

inline std::string box_stl_text() {
  std::string text = "solid the box\n";
  each_box_triangle([&](const std::array<int, 3>& t) {
    text += " facet normal 0 0 0\n  outer loop\n";
    for (const int i : t)
      text += "   vertex " + number(kBoxCorners[i][0]) + " " + number(kBoxCorners[i][1]) + " " +
              number(kBoxCorners[i][2]) + "\n";
    text += "  endloop\n endfacet\n";
  });
  return text + "endsolid the box\n";
}

template <class T>
std::string bytes_of(T value, bool reversed = false) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return reversed ? std::string(bytes.rbegin(), bytes.rend()) : bytes;
}

inline std::string box_stl_binary(const std::string& header = "made by a test") {
  std::string triangles;
  std::uint32_t count = 0;
  each_box_triangle([&](const std::array<int, 3>& t) {
    triangles += std::string(12, '\0');
    for (const int i : t)
      for (const float x : kBoxCorners[i]) triangles += bytes_of(x);
    triangles += std::string(2, '\0');
    ++count;
  });
  std::string start = header;
  start.resize(80);
  return start + bytes_of(count) + triangles;
}

enum class PlyFormat { text, little, big };

/// The box as PLY: `colors` are the red of each vertex from 0 to 255; empty: none.
inline std::string box_ply(PlyFormat format, const std::vector<int>& reds = {}) {
  const std::string name = format == PlyFormat::text     ? "ascii"
                           : format == PlyFormat::little ? "binary_little_endian"
                                                         : "binary_big_endian";
  std::string text = "ply\nformat " + name + " 1.0\ncomment a box\nelement vertex 8\n";
  for (const char* axis : {"x", "y", "z"}) text += std::string("property float ") + axis + "\n";
  if (!reds.empty())
    for (const char* color : {"red", "green", "blue"}) text += std::string("property uchar ") + color + "\n";
  text += "element face 6\nproperty list uchar int vertex_indices\nend_header\n";
  const bool is_text = format == PlyFormat::text, reversed = format == PlyFormat::big;
  for (std::size_t i = 0; i < kBoxCorners.size(); ++i) {
    for (const float x : kBoxCorners[i]) text += is_text ? number(x) + " " : bytes_of(x, reversed);
    if (!reds.empty())
      text += is_text ? std::to_string(reds[i]) + " 0 255" : std::string{static_cast<char>(reds[i]), '\0', '\xff'};
    if (is_text) text += "\n";
  }
  for (const auto& f : kBoxFaces) {
    text += is_text ? "4" : "\4";
    for (const std::int32_t i : f) text += is_text ? " " + std::to_string(i) : bytes_of(i, reversed);
    if (is_text) text += "\n";
  }
  return text;
}

using Files = std::vector<std::pair<std::string, std::string>>;  ///< names and what they hold

inline std::string zip_of(const Files& files, bool compressed = false) {
  std::string bytes;
  const std::unique_ptr<archive, decltype(&archive_write_free)> zip(archive_write_new(), archive_write_free);
  archive_write_set_format_zip(zip.get());
  compressed ? archive_write_zip_set_compression_deflate(zip.get())
             : archive_write_zip_set_compression_store(zip.get());
  archive_write_set_bytes_per_block(zip.get(), 0);  // no padding behind the last file
  archive_write_open(
      zip.get(), &bytes, nullptr,
      [](archive*, void* out, const void* data, std::size_t size) {
        static_cast<std::string*>(out)->append(static_cast<const char*>(data), size);
        return static_cast<la_ssize_t>(size);
      },
      nullptr);
  for (const auto& [name, content] : files) {
    const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(), archive_entry_free);
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_write_header(zip.get(), entry.get());
    archive_write_data(zip.get(), content.data(), content.size());
  }
  archive_write_close(zip.get());
  return bytes;
}

inline std::string text_of(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

/// With warnings.
inline Result<GltfScene> load_import(const std::string& bytes, const Limits& limits = {}) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "scene";
  std::ofstream(file, std::ios::binary) << bytes;
  return load_gltf(file, LoadOptions{}, limits);
}

inline GltfScene imported(const std::string& bytes) {
  auto scene = load_import(bytes);
  if (!scene) throw std::runtime_error(scene.error().message);
  return *std::move(scene);
}

/// The message of a file that must be refused as an invalid scene.
inline std::string refusal(const std::string& bytes, const Limits& limits = {}) {
  const auto scene = load_import(bytes, limits);
  if (scene) return "loaded";
  return (scene.error().code == ErrorCode::invalid_scene ? "" : std::string(code_name(scene.error().code)) + ": ") +
         scene.error().message;
}

/// Every triangle's corners in the world, in order.
inline std::vector<Vec3> corners_of(const Scene& scene) {
  std::vector<Vec3> corners;
  for (const Instance& instance : scene.instances) {
    const Mesh& mesh = scene.meshes[instance.mesh];
    for (std::uint32_t i = 0; i < 3 * mesh.triangle_count; ++i)
      corners.push_back(scene.positions[mesh.first_vertex + scene.indices[mesh.first_index + i]]);
  }
  return corners;
}

}  // namespace kiln::scene::test
