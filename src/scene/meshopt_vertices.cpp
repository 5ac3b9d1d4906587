#include "scene/meshopt_vertices.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace kiln::scene {
namespace {

constexpr std::size_t kGroup = 16, kMaxBlock = 256, kMaxStride = 256, kBlockBytes = 8192, kLeastTail = 24;
constexpr std::byte kHeaderV1{0xa1};

/// How the deltas of one byte of the elements are stored in a block.
enum Control : unsigned { short_lengths, long_lengths, all_zero, verbatim };

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  /// The next bytes; empty, and failed from now on, where there are fewer.
  std::span<const std::byte> take(std::size_t count) {
    if (count > bytes_.size()) failed_ = true;
    if (failed_) return {};
    const auto taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }
  bool failed() const { return failed_; }
  bool is_empty() const { return bytes_.empty(); }

 private:
  std::span<const std::byte> bytes_;
  bool failed_ = false;
};

std::uint8_t to_u8(std::byte b) { return std::to_integer<std::uint8_t>(b); }

/// Value `i` of a group: single bits from the least significant on, wider ones from the most.
unsigned packed_value(std::span<const std::byte> packed, unsigned bits, std::size_t i) {
  const std::size_t each = 8 / bits, place = i % each;
  const auto shift = static_cast<unsigned>(bits == 1 ? place : (each - 1 - place) * bits);
  return to_u8(packed[i / each]) >> shift & ((1u << bits) - 1);
}

/// Sixteen deltas of `bits` each; one with all bits set is followed by a whole byte behind the group.
void read_group(ByteReader& in, unsigned bits, std::uint8_t* out) {
  const auto packed = in.take(std::size_t{2} * bits);
  if (in.failed()) return;
  for (std::size_t i = 0; i < kGroup; ++i) {
    if (bits == 0) {
      out[i] = 0;
    } else if (bits == 8) {
      out[i] = to_u8(packed[i]);
    } else {
      const unsigned value = packed_value(packed, bits, i);
      const bool is_sentinel = value == (1u << bits) - 1;
      const auto whole = in.take(is_sentinel ? 1 : 0);
      if (in.failed()) return;
      out[i] = is_sentinel ? to_u8(whole[0]) : static_cast<std::uint8_t>(value);
    }
  }
}

using Plane = std::array<std::uint8_t, kMaxBlock>;

void read_plane(ByteReader& in, unsigned control, std::size_t count, Plane& plane) {
  static constexpr unsigned kBits[2][4] = {{0, 1, 2, 4}, {1, 2, 4, 8}};
  if (control == all_zero) return plane.fill(0);
  if (control == verbatim) {
    const auto bytes = in.take(count);
    if (!in.failed()) std::memcpy(plane.data(), bytes.data(), count);
    return;
  }
  const std::size_t groups = (count + kGroup - 1) / kGroup;
  const auto header = in.take((groups + 3) / 4);
  for (std::size_t g = 0; g < groups && !in.failed(); ++g)
    read_group(in, kBits[control][to_u8(header[g / 4]) >> (2 * (g % 4)) & 3u], &plane[g * kGroup]);
}

template <class T>
T from_zigzag(T v) {
  return static_cast<T>((v & 1) != 0 ? ~(v >> 1) : v >> 1);
}

template <class T>
void add_deltas(std::uint8_t* value, const std::uint8_t* delta) {
  for (std::size_t at = 0; at < 4; at += sizeof(T)) {
    T v, d;
    std::memcpy(&v, value + at, sizeof v);
    std::memcpy(&d, delta + at, sizeof d);
    v = static_cast<T>(v + from_zigzag(d));
    std::memcpy(value + at, &v, sizeof v);
  }
}

void turn_bits(std::uint8_t* value, const std::uint8_t* delta, int rotation) {
  std::uint32_t v, d;
  std::memcpy(&v, value, sizeof v);
  std::memcpy(&d, delta, sizeof d);
  v ^= std::rotr(d, rotation);
  std::memcpy(value, &v, sizeof v);
}

/// Four bytes of every element: bytes, shorts or a word that differ from those of the element before.
void apply_channel(std::uint8_t mode, std::uint8_t* value, const std::uint8_t* delta) {
  if (mode == 0) return add_deltas<std::uint8_t>(value, delta);
  if (mode == 1) return add_deltas<std::uint16_t>(value, delta);
  turn_bits(value, delta, mode >> 4);
}

bool is_channel_mode(std::byte mode) { return to_u8(mode) < 2 || (to_u8(mode) & 15u) == 2; }

}  // namespace

bool is_vertex_codec_v1(std::span<const std::byte> packed) { return !packed.empty() && packed[0] == kHeaderV1; }

std::optional<std::vector<std::byte>> decode_vertices_v1(std::span<const std::byte> packed, std::size_t count,
                                                         std::size_t stride) {
  const std::size_t channels = stride / 4, tail = stride + channels;
  if (!is_vertex_codec_v1(packed) || packed.size() < 1 + std::max(tail, kLeastTail)) return std::nullopt;
  const auto modes = packed.last(channels), baseline = packed.last(tail).first(stride);
  if (!std::all_of(modes.begin(), modes.end(), is_channel_mode)) return std::nullopt;
  std::array<std::uint8_t, kMaxStride> element{};
  std::memcpy(element.data(), baseline.data(), stride);
  ByteReader in(packed.subspan(1, packed.size() - 1 - std::max(tail, kLeastTail)));
  const std::size_t block = std::min(kBlockBytes / stride & ~(kGroup - 1), kMaxBlock);
  std::vector<Plane> planes(stride);
  std::vector<std::byte> out(count * stride);
  for (std::size_t first = 0; first < count; first += block) {
    const std::size_t elements = std::min(block, count - first);
    const auto control = in.take(channels);
    for (std::size_t k = 0; k < stride && !in.failed(); ++k)
      read_plane(in, to_u8(control[k / 4]) >> (2 * (k % 4)) & 3u, elements, planes[k]);
    if (in.failed()) return std::nullopt;
    for (std::size_t i = 0; i < elements; ++i) {
      for (std::size_t c = 0; c < channels; ++c) {
        const std::array<std::uint8_t, 4> delta{planes[4 * c][i], planes[4 * c + 1][i], planes[4 * c + 2][i],
                                                planes[4 * c + 3][i]};
        apply_channel(to_u8(modes[c]), &element[4 * c], delta.data());
      }
      std::memcpy(&out[(first + i) * stride], element.data(), stride);
    }
  }
  return in.is_empty() ? std::optional(std::move(out)) : std::nullopt;
}

namespace {

template <class Unsigned, class Signed>
void decode_color(std::byte* data) {
  std::array<Unsigned, 4> stored;
  std::memcpy(stored.data(), data, sizeof stored);
  const auto alpha = static_cast<unsigned>(stored[3]);
  // The highest bit of alpha tells how many bits the others have; one that has none says nothing.
  const int most = static_cast<int>((1u << std::bit_width(alpha)) - 1);
  const auto as_signed = [](Unsigned value) { return int{std::bit_cast<Signed>(value)}; };
  const int y = stored[0], co = as_signed(stored[1]), cg = as_signed(stored[2]);
  const int kept = static_cast<int>(alpha) & (most >> 1);
  const std::array<int, 4> rgba{y + co - cg, y + cg, y - co - cg, kept << 1 | (kept & 1)};
  constexpr float kLargest = static_cast<float>(static_cast<Unsigned>(-1));
  for (std::size_t i = 0; i < 4; ++i) {
    const float scaled = most == 0 ? 0.0f : static_cast<float>(rgba[i]) * (kLargest / static_cast<float>(most));
    stored[i] = static_cast<Unsigned>(std::lround(std::clamp(scaled, 0.0f, kLargest)));
  }
  std::memcpy(data, stored.data(), sizeof stored);
}

}  // namespace

void decode_color_filter(std::span<std::byte> data, std::size_t stride) {
  for (std::size_t at = 0; at + stride <= data.size(); at += stride) {
    if (stride == 4)
      decode_color<std::uint8_t, std::int8_t>(&data[at]);
    else
      decode_color<std::uint16_t, std::int16_t>(&data[at]);
  }
}

}  // namespace kiln::scene
