#include "scene/import/ply_values.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace kiln::scene {
namespace {

static_assert(std::endian::native == std::endian::little, "values are read as this machine has them");

template <class T>
double as(const std::array<char, 8>& bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return static_cast<double>(value);
}

double value_of(const std::array<char, 8>& bytes, PlyType type) {
  switch (type) {
    case PlyType::int8:
      return as<std::int8_t>(bytes);
    case PlyType::uint8:
      return as<std::uint8_t>(bytes);
    case PlyType::int16:
      return as<std::int16_t>(bytes);
    case PlyType::uint16:
      return as<std::uint16_t>(bytes);
    case PlyType::int32:
      return as<std::int32_t>(bytes);
    case PlyType::uint32:
      return as<std::uint32_t>(bytes);
    case PlyType::float32:
      return as<float>(bytes);
    default:
      return as<double>(bytes);
  }
}

}  // namespace

std::optional<double> PlyValues::next(PlyType type) {
  if (header_.is_text) {
    const std::string_view word = lines_.word_anywhere();
    const auto value = to_double(word);
    if (!value) wrong_ = word.empty() ? "the file ends within it" : in_quotes(word) + " is no finite number";
    return value;
  }
  const std::size_t size = bytes_of(type);
  if (bytes_.size() < size) {
    wrong_ = "the file ends within it";
    return std::nullopt;
  }
  std::array<char, 8> bytes{};
  std::copy_n(bytes_.data(), size, bytes.data());
  if (header_.is_big_endian) std::reverse(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
  bytes_.remove_prefix(size);
  return value_of(bytes, type);
}

bool PlyValues::has_room_for(const PlyElement& element) const {
  std::uint64_t each = 0;  // at least: lists may be empty
  for (const PlyProperty& p : element.properties)
    each += header_.is_text ? 2 : bytes_of(p.count_type == PlyType::none ? p.type : p.count_type);
  const std::uint64_t there = header_.is_text ? lines_.unread_bytes() + 1 : bytes_.size();
  return element.count == 0 || (each > 0 && element.count <= there / each);
}

Error PlyValues::trouble(const PlyElement& element, std::uint64_t index, const std::string& what) const {
  std::string place = "PLY: ";
  if (header_.is_text)
    place += "line " + std::to_string(header_.lines + std::max<std::uint64_t>(lines_.number(), 1)) + ", ";
  return {ErrorCode::invalid_scene,
          place + element.name + " " + std::to_string(index) + " of " + std::to_string(element.count) + ": " + what,
          ""};
}

Error PlyValues::trouble(const PlyElement& element, std::uint64_t index) const {
  return trouble(element, index, wrong_);
}

}  // namespace kiln::scene
