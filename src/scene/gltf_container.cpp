#include "scene/gltf_container.h"

#include <cstdint>
#include <string>

namespace kiln::scene {
namespace {

constexpr std::uint32_t kMagic = 0x46546c67;  // "glTF"
constexpr std::uint32_t kJsonChunk = 0x4e4f534a, kBinChunk = 0x004e4942;
constexpr std::size_t kHeaderBytes = 12, kChunkHeaderBytes = 8;

std::uint32_t read_u32(std::span<const std::byte> bytes, std::size_t offset) {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | std::to_integer<std::uint32_t>(bytes[offset + i]);
  return value;
}

Error broken(const std::string& what) { return {ErrorCode::invalid_scene, "GLB: " + what, ""}; }

std::optional<Error> check_header(std::span<const std::byte> file) {
  if (file.size() < kHeaderBytes) return broken("the file ends within its 12-byte header");
  const std::uint32_t version = read_u32(file, 4), length = read_u32(file, 8);
  if (version != 2) return broken("version " + std::to_string(version) + " is not 2");
  if (length != file.size())
    return broken("the header declares " + std::to_string(length) + " bytes, the file has " +
                  std::to_string(file.size()));
  if (length < kHeaderBytes + kChunkHeaderBytes) return broken("the file has no chunk");
  return std::nullopt;
}

struct Chunk {
  std::uint32_t type = 0;
  std::span<const std::byte> data;
};

Result<Chunk> read_chunk(std::span<const std::byte> file, std::size_t offset) {
  const std::string place = "the chunk at byte " + std::to_string(offset);
  if (file.size() - offset < kChunkHeaderBytes) return broken(place + " ends within its header");
  const std::uint32_t length = read_u32(file, offset);
  if (length % 4 != 0) return broken(place + " has a length that is not a multiple of 4");
  if (length > file.size() - offset - kChunkHeaderBytes) return broken(place + " does not fit the file");
  return Chunk{read_u32(file, offset + 4), file.subspan(offset + kChunkHeaderBytes, length)};
}

Result<GltfContainer> split_glb(std::span<const std::byte> file) {
  if (auto error = check_header(file)) return *std::move(error);
  GltfContainer parts;
  parts.is_glb = true;
  std::size_t offset = kHeaderBytes;
  for (std::size_t number = 0; offset < file.size(); ++number) {
    const auto chunk = read_chunk(file, offset);
    if (!chunk) return chunk.error();
    if (number == 0 && chunk->type != kJsonChunk) return broken("the first chunk is not JSON");
    if (number == 0 && chunk->data.empty()) return broken("the JSON chunk is empty");
    if (number > 0 && chunk->type == kJsonChunk) return broken("there is a second JSON chunk");
    if (number > 1 && chunk->type == kBinChunk) return broken("only the second chunk may be the BIN chunk");
    if (number == 0) parts.json = {reinterpret_cast<const char*>(chunk->data.data()), chunk->data.size()};
    if (chunk->type == kBinChunk) parts.binary = chunk->data;
    offset += kChunkHeaderBytes + chunk->data.size();
  }
  return parts;
}

}  // namespace

Result<GltfContainer> split_container(std::span<const std::byte> file) {
  if (file.size() >= 4 && read_u32(file, 0) == kMagic) return split_glb(file);
  GltfContainer parts;
  parts.json = {reinterpret_cast<const char*>(file.data()), file.size()};
  return parts;
}

}  // namespace kiln::scene
