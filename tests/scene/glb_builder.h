#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "scene/load_gltf.h"

namespace kiln::scene::test {

using Json = nlohmann::json;

inline constexpr int kByte = 5120, kUnsignedByte = 5121, kShort = 5122, kUnsignedShort = 5123, kUnsignedInt = 5125,
                     kFloat = 5126;

/// A folder that goes away with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "kiln-scene-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Puts small .glb files together: `json` is the document, open to any change.
class GlbBuilder {
 public:
  GlbBuilder() { json = {{"asset", {{"version", "2.0"}}}}; }

  Json json;

  /// Appends an element to a root array and returns its index.
  int add(const char* key, Json element) {
    json[key].push_back(std::move(element));
    return static_cast<int>(json[key].size()) - 1;
  }

  /// A buffer view with these values, aligned to 4 bytes.
  template <class T>
  int view(const std::vector<T>& values, int stride = 0) {
    binary_.resize((binary_.size() + 3) / 4 * 4);
    const std::size_t offset = binary_.size(), bytes = values.size() * sizeof(T);
    binary_.resize(offset + bytes);
    std::memcpy(binary_.data() + offset, values.data(), bytes);
    Json view = {{"buffer", 0}, {"byteOffset", offset}, {"byteLength", bytes}};
    if (stride != 0) view["byteStride"] = stride;
    return add("bufferViews", view);
  }

  /// An accessor over a view of its own.
  template <class T>
  int accessor(const std::vector<T>& values, const char* type, int component_type, int count, int stride = 0) {
    return add(
        "accessors",
        {{"bufferView", view(values, stride)}, {"type", type}, {"componentType", component_type}, {"count", count}});
  }

  int floats(const std::vector<float>& values, const char* type, int components) {
    return accessor(values, type, kFloat, static_cast<int>(values.size()) / components);
  }

  /// Positions carry bounds, whose values nobody reads.
  int positions(const std::vector<float>& values) {
    const int index = floats(values, "VEC3", 3);
    bound(index);
    return index;
  }
  void bound(int accessor) {
    json["accessors"][accessor]["min"] = {0, 0, 0};
    json["accessors"][accessor]["max"] = {1, 1, 1};
  }

  int indices(const std::vector<std::uint16_t>& values) {
    return accessor(values, "SCALAR", kUnsignedShort, static_cast<int>(values.size()));
  }

  /// A node with a mesh of one primitive; returns the node.
  int node_with(Json primitive) {
    const int mesh = add("meshes", {{"primitives", Json::array({std::move(primitive)})}});
    return add("nodes", {{"mesh", mesh}});
  }

  /// The triangle (0,0,0) (1,0,0) (0,1,0); returns the node.
  int triangle() { return node_with({{"attributes", {{"POSITION", positions({0, 0, 0, 1, 0, 0, 0, 1, 0})}}}}); }

  std::string glb() const {
    Json document = json;
    if (!binary_.empty() && !document.contains("buffers"))
      document["buffers"] = Json::array({{{"byteLength", binary_.size()}}});
    std::string text = document.dump();
    text.resize((text.size() + 3) / 4 * 4, ' ');
    std::string binary(binary_.begin(), binary_.end());
    binary.resize((binary.size() + 3) / 4 * 4);
    std::string chunks = word(static_cast<std::uint32_t>(text.size())) + "JSON" + text;
    if (!binary.empty()) chunks += word(static_cast<std::uint32_t>(binary.size())) + std::string("BIN\0", 4) + binary;
    return "glTF" + word(2) + word(static_cast<std::uint32_t>(chunks.size() + 12)) + chunks;
  }

  static std::string word(std::uint32_t value) {
    std::string out(4, '\0');
    std::memcpy(out.data(), &value, 4);
    return out;
  }

 private:
  std::vector<char> binary_;
};

inline Result<std::shared_ptr<const Scene>> load_bytes(const std::string& bytes, const Limits& limits = {}) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "scene";
  std::ofstream(file, std::ios::binary) << bytes;
  return load_gltf(file, limits);
}

inline Result<std::shared_ptr<const Scene>> load(const GlbBuilder& builder, const Limits& limits = {}) {
  return load_bytes(builder.glb(), limits);
}

inline Result<GltfScene> load(const GlbBuilder& builder, const LoadOptions& options, const Limits& limits = {},
                              const GltfScene* decoded = nullptr) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "scene";
  std::ofstream(file, std::ios::binary) << builder.glb();
  return load_gltf(file, options, limits, decoded);
}

/// The scene of a file that must load; a failure shows the message.
inline std::shared_ptr<const Scene> loaded(const GlbBuilder& builder) {
  auto scene = load(builder);
  if (!scene) throw std::runtime_error(scene.error().message);
  return *scene;
}

/// A 1 x 1 PNG of opaque red.
inline std::vector<std::uint8_t> red_png() {
  return {137, 80, 78, 71, 13, 10, 26,  10,  0,   0,   0,   13, 73, 72, 68, 82, 0,  0,  0,   1,   0,  0,   0,
          1,   8,  2,  0,  0,  0,  144, 119, 83,  222, 0,   0,  0,  12, 73, 68, 65, 84, 120, 156, 99, 248, 207,
          192, 0,  0,  3,  1,  1,  0,   201, 254, 146, 239, 0,  0,  0,  0,  73, 69, 78, 68,  174, 66, 96,  130};
}

}  // namespace kiln::scene::test
