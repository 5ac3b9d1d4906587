#include "image/cryptomatte.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <fmt/format.h>
#include <utility>

namespace kiln::image {
namespace {

constexpr std::size_t kMostManifest_bytes = std::size_t{16} << 20;

std::uint32_t scrambled(std::uint32_t k) { return std::rotl(k * 0xcc9e2d51u, 15) * 0x1b873593u; }

std::uint32_t byte_at(std::string_view bytes, std::size_t i) { return static_cast<unsigned char>(bytes[i]); }

/// A JSON string (RFC 8259, section 7).
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (code < 0x20) {
      out += fmt::format("\\u{:04x}", code);
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

std::uint32_t murmur3_32(std::string_view bytes, std::uint32_t seed) {
  std::uint32_t hash = seed;
  const std::size_t whole = bytes.size() / 4 * 4;
  for (std::size_t i = 0; i < whole; i += 4) {
    const std::uint32_t block =
        byte_at(bytes, i) | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2) << 16 | byte_at(bytes, i + 3) << 24;
    hash = std::rotl(hash ^ scrambled(block), 13) * 5 + 0xe6546b64u;
  }
  std::uint32_t rest = 0;
  for (std::size_t i = bytes.size(); i > whole; --i) rest = rest << 8 | byte_at(bytes, i - 1);
  hash ^= scrambled(rest);
  hash ^= static_cast<std::uint32_t>(bytes.size());
  hash = (hash ^ hash >> 16) * 0x85ebca6bu;
  hash = (hash ^ hash >> 13) * 0xc2b2ae35u;
  return hash ^ hash >> 16;
}

float float_of_hash(std::uint32_t hash) {
  const std::uint32_t exponent = std::clamp(hash >> 23 & 255u, 1u, 254u);
  return std::bit_cast<float>((hash & 0x807fffffu) | exponent << 23);
}

Cryptomatte::Cryptomatte(std::string layer, std::function<std::string(std::uint32_t)> name_of, std::uint64_t pixels)
    : layer_(std::move(layer)), name_of_(std::move(name_of)) {
  for (auto& values : values_) values.reserve(4 * pixels);
}

std::uint32_t Cryptomatte::hash_of(std::uint32_t id) {
  const auto [at, is_new] = hashes_.try_emplace(id, 0);
  if (!is_new) return at->second;
  const std::string name = name_of_(id);
  at->second = murmur3_32(name);
  names_.emplace(name, at->second);
  return at->second;
}

void Cryptomatte::add(std::span<const SeenId> seen) {
  std::array<Share, kSeenIds> shares{};
  std::size_t count = 0;
  for (const SeenId& s : seen.first(std::min<std::size_t>(seen.size(), kSeenIds))) {
    if (s.id == kNone) continue;
    const std::uint32_t hash = hash_of(s.id);
    const auto end = shares.begin() + static_cast<std::ptrdiff_t>(count);
    const auto same = std::find_if(shares.begin(), end, [&](const Share& share) { return share.hash == hash; });
    if (same == end) shares[count++] = {hash, s.coverage};
    if (same != end) same->coverage += s.coverage;
  }
  const auto is_before = [](const Share& a, const Share& b) {
    return std::pair(-a.coverage, a.hash) < std::pair(-b.coverage, b.hash);
  };
  for (std::size_t i = 1; i < count; ++i) {
    for (std::size_t k = i; k > 0 && is_before(shares[k], shares[k - 1]); --k) std::swap(shares[k], shares[k - 1]);
  }
  for (std::size_t rank = 0; rank < kSeenIds; ++rank) {
    auto& values = values_[rank / 2];
    values.push_back(rank < count ? float_of_hash(shares[rank].hash) : 0.0f);
    values.push_back(rank < count ? shares[rank].coverage : 0.0f);
  }
}

std::string Cryptomatte::manifest() const {
  std::string text = "{";
  for (const auto& [name, hash] : names_) {
    if (text.size() > kMostManifest_bytes) break;
    text += fmt::format("{}{}:\"{:08x}\"", text.size() > 1 ? "," : "", quoted(name),
                        std::bit_cast<std::uint32_t>(float_of_hash(hash)));
  }
  return text + "}";
}

void Cryptomatte::finish(ImageLayers& into) {
  for (std::uint32_t i = 0; i < kLayers; ++i) {
    into.layers.push_back({fmt::format("{}{:02}", layer_, i), {"R", "G", "B", "A"}, std::move(values_[i])});
  }
  const std::string key = "cryptomatte/" + fmt::format("{:08x}", murmur3_32(layer_)).substr(0, 7) + "/";
  into.attributes.emplace_back(key + "name", layer_);
  into.attributes.emplace_back(key + "hash", "MurmurHash3_32");
  into.attributes.emplace_back(key + "conversion", "uint32_to_float32");
  into.attributes.emplace_back(key + "manifest", manifest());
}

}  // namespace kiln::image
