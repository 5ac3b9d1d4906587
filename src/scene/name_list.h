#pragma once

#include <span>
#include <string>

namespace kiln::scene {

/// For the end of an error message: "it has none", or "it has a, b, c and others" with the first few in full or, where
/// one is very long, its beginning.
std::string name_list(std::span<const std::string> names);

}  // namespace kiln::scene
