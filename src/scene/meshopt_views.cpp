#include "scene/meshopt_views.h"

#include <array>
#include <meshoptimizer.h>
#include <set>

#include "scene/meshopt_vertices.h"

namespace kiln::scene {
namespace {

constexpr std::array kExtensions = {"EXT_meshopt_compression", "KHR_meshopt_compression"};

/// A compressed view, as its extension describes it.
struct PackedView {
  std::size_t buffer = 0;
  std::uint64_t offset = 0, length = 0;  ///< of the compressed bytes
  std::uint64_t stride = 0, count = 0;
  std::string_view mode, filter;
  bool is_khr = false;  ///< KHR_meshopt_compression adds a version of the vertex codec and a filter
  bool is_attributes() const { return mode == "ATTRIBUTES"; }
};

JsonView extension_of(const JsonView& object) {
  const JsonView extensions = object["extensions"];
  return extensions[extensions[kExtensions[0]].present() ? kExtensions[0] : kExtensions[1]];
}

/// Which strides and counts go with which modes and filters.
void check_layout(const JsonView& extension, const PackedView& p) {
  const bool is_list = p.mode == "TRIANGLES";
  if (!p.is_attributes() && !is_list && p.mode != "INDICES") return extension["mode"].fail("is none of the modes");
  const JsonView stride = extension["byteStride"], filter = extension["filter"];
  if (p.is_attributes() && p.stride % 4 != 0) return stride.fail("is not a multiple of 4");
  if (!p.is_attributes() && p.stride != 2 && p.stride != 4) return stride.fail("is neither 2 nor 4");
  if (is_list && p.count % 3 != 0) return extension["count"].fail("is not a multiple of 3");
  if (p.filter == "NONE") return;
  if (!p.is_attributes()) return filter.fail("is only for attributes");
  if (p.filter == "OCTAHEDRAL" || (p.filter == "COLOR" && p.is_khr)) {
    if (p.stride != 4 && p.stride != 8) stride.fail("is neither 4 nor 8, as the filter needs");
  } else if (p.filter == "QUATERNION") {
    if (p.stride != 8) stride.fail("is not 8, as the filter needs");
  } else if (p.filter != "EXPONENTIAL") {
    filter.fail("is none of the filters");
  }
}

/// What one byte stands for at most: two bits of version 0 are sixteen bytes of vertices, and of version 1 those of a
/// whole block. Lists of indices have a byte for each or for each triangle.
constexpr std::uint64_t kMaxRatio = 64, kMaxRatioKhr = 1024;

std::optional<PackedView> read_view(const JsonView& root, const JsonView& view,
                                    const std::set<std::size_t>& fallbacks) {
  const JsonView extension = extension_of(view);
  const auto buffer = extension.required("buffer").index(root["buffers"].size());
  const auto length = extension.required("byteLength").integer(1);
  const auto stride = extension.required("byteStride").integer(2, 256), count = extension.required("count").integer(1);
  const auto mode = extension.required("mode").string();
  if (!buffer || !length || !stride || !count || !mode) return std::nullopt;
  const PackedView p{*buffer,
                     extension["byteOffset"].integer().value_or(0),
                     *length,
                     *stride,
                     *count,
                     *mode,
                     extension["filter"].string().value_or("NONE"),
                     view["extensions"][kExtensions[1]].present()};
  if (view["extensions"][kExtensions[0]].present() && view["extensions"][kExtensions[1]].present())
    extension.fail("stands beside the other version of it");
  check_layout(extension, p);
  if (fallbacks.contains(p.buffer)) extension["buffer"].fail("refers to a fallback buffer");
  const std::uint64_t bytes = *root["buffers"].at(p.buffer)["byteLength"].integer();
  if (p.offset >= bytes || p.length > bytes - p.offset)
    extension["byteLength"].fail("reaches beyond the end of its buffer");
  if (*view["byteLength"].integer() != p.stride * p.count)
    view["byteLength"].fail("is not byteStride times count of its compressed data");
  if (const auto own = view["byteStride"].integer(); own && *own != p.stride)
    view["byteStride"].fail("is not that of its compressed data");
  if (p.stride * p.count > (p.is_khr ? kMaxRatioKhr : kMaxRatio) * p.length)
    extension["count"].fail("is more than " + std::to_string(p.length) + " bytes can hold");
  return view.report().failed() ? std::nullopt : std::optional(p);
}

void apply_filter(const PackedView& p, std::vector<std::byte>& data) {
  if (p.filter == "OCTAHEDRAL") meshopt_decodeFilterOct(data.data(), p.count, p.stride);
  if (p.filter == "QUATERNION") meshopt_decodeFilterQuat(data.data(), p.count, p.stride);
  if (p.filter == "EXPONENTIAL") meshopt_decodeFilterExp(data.data(), p.count, p.stride);
  if (p.filter == "COLOR") decode_color_filter(data, p.stride);
}

/// Nothing when the bytes are not what they are declared to be.
std::optional<std::vector<std::byte>> decoded(const PackedView& p, std::span<const std::byte> packed) {
  if (p.is_khr && p.is_attributes() && is_vertex_codec_v1(packed)) return decode_vertices_v1(packed, p.count, p.stride);
  std::vector<std::byte> data(p.stride * p.count);
  const auto* bytes = reinterpret_cast<const unsigned char*>(packed.data());
  int failure = 0;
  if (p.is_attributes())
    failure = meshopt_decodeVertexBuffer(data.data(), p.count, p.stride, bytes, packed.size());
  else if (p.mode == "TRIANGLES")
    failure = meshopt_decodeIndexBuffer(data.data(), p.count, p.stride, bytes, packed.size());
  else
    failure = meshopt_decodeIndexSequence(data.data(), p.count, p.stride, bytes, packed.size());
  return failure == 0 ? std::optional(std::move(data)) : std::nullopt;
}

std::set<std::size_t> find_fallbacks(const JsonView& root) {
  std::set<std::size_t> fallbacks;
  for (std::size_t i = 0; i < root["buffers"].size(); ++i)
    if (is_fallback(root["buffers"].at(i))) fallbacks.insert(i);
  return fallbacks;
}

}  // namespace

bool is_fallback(const JsonView& buffer) { return extension_of(buffer)["fallback"].boolean().value_or(false); }

void unpack_meshopt_views(Document& document, Unpacked& unpacked, Report& report) {
  const JsonView root(document.json, report);
  const std::set<std::size_t> fallbacks = find_fallbacks(root);
  for (std::size_t i = 0; i < root["bufferViews"].size() && !report.failed(); ++i) {
    const JsonView view = root["bufferViews"].at(i), extension = extension_of(view);
    if (!extension.present()) {
      if (fallbacks.contains(*view["buffer"].integer()))
        view["buffer"].fail("refers to a fallback buffer, but is not compressed");
      continue;
    }
    const auto packed = read_view(root, view, fallbacks);
    if (!packed) return;
    if (!unpacked.reserve(packed->stride * packed->count))
      return extension.fail("takes what is unpacked over " + std::to_string(unpacked.limit_bytes()) + " bytes",
                            ErrorCode::limit_exceeded);
    const auto source = document.buffers[packed->buffer];
    if (source.empty()) return extension["buffer"].fail("refers to a buffer without bytes");
    auto data = decoded(*packed, source.subspan(packed->offset, packed->length));
    if (!data) return extension.fail("has data that is corrupt, or of a later version");
    apply_filter(*packed, *data);
    const std::size_t buffer = unpacked.add_buffer(*std::move(data));
    Json& target = document.json["bufferViews"][i];
    target["buffer"] = buffer;
    target.erase("byteOffset");
    for (const char* name : kExtensions) target["extensions"].erase(name);
  }
}

}  // namespace kiln::scene
