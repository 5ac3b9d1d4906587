#include "scene/decompress.h"

#include <algorithm>

#include "scene/draco_primitives.h"
#include "scene/meshopt_views.h"

namespace kiln::scene {
namespace {

/// Compressors of meshes reach ten to twenty; what claims far more is made to take memory.
constexpr std::uint64_t kMaxRatio = 64, kFreeBytes = std::uint64_t{64} << 20;

}  // namespace

Unpacked::Unpacked(Document& document, const Limits& limits)
    : document_(document),
      limit_bytes_(std::min(limits.max_scene_bytes, kFreeBytes + kMaxRatio * document.file.size())),
      left_bytes_(limit_bytes_) {}

bool Unpacked::reserve(std::uint64_t bytes) {
  if (bytes > left_bytes_) return false;
  left_bytes_ -= bytes;
  return true;
}

std::size_t Unpacked::add_buffer(std::vector<std::byte> bytes) {
  document_.json["buffers"].push_back({{"byteLength", bytes.size()}});
  document_.decoded.push_back(std::move(bytes));
  document_.buffers.emplace_back(document_.decoded.back());
  return document_.buffers.size() - 1;
}

Result<void> decompress(Document& document, const Limits& limits) {
  // A fault is placed while the document is as it was: its pointers hold.
  Report report(document.json);
  Unpacked unpacked(document, limits);
  unpack_meshopt_views(document, unpacked, report);
  if (!report.failed()) unpack_draco_primitives(document, unpacked, report);
  if (report.failed()) return *report.error();
  return {};
}

}  // namespace kiln::scene
