#include "scene/name_list.h"

#include <algorithm>

namespace kiln::scene {
namespace {

constexpr std::size_t kShown = 10, kLongest = 100;

/// Cut between two characters of UTF-8.
std::string shortened(const std::string& name) {
  if (name.size() <= kLongest) return name;
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;
  return name.substr(0, end) + "...";
}

}  // namespace

std::string name_list(std::span<const std::string> names) {
  if (names.empty()) return "it has none";
  std::string list = "it has ";
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) list += (i == 0 ? "" : ", ") + shortened(names[i]);
  return names.size() > kShown ? list + " and others" : list;
}

}  // namespace kiln::scene
