#include "scene/samples.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "scene/samples/sample_list.h"

namespace kiln {
namespace {

constexpr std::array<std::string_view, 6> kNames{"cornell-box", "material-grid", "spheres-in-studio",
                                                 "terrain",     "instances",     "materials"};
constexpr std::array kMakers{scene::make_cornell_box, scene::make_material_grid, scene::make_spheres_in_studio,
                             scene::make_terrain,     scene::make_instances,     scene::make_materials};
static_assert(kNames.size() == kMakers.size());

}  // namespace

std::span<const std::string_view> sample_names() { return kNames; }

Result<std::shared_ptr<const Scene>> make_sample(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found != kNames.end()) return kMakers[static_cast<std::size_t>(found - kNames.begin())]();
  return Error{ErrorCode::unknown_sample,
               fmt::format("there is no sample \"{}\"; there are {}", name.substr(0, 80), fmt::join(kNames, ", ")),
               {}};
}

}  // namespace kiln
