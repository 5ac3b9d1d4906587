#pragma once

#include <string>

namespace kiln::engine {

/// Says which machine code computes pictures: the GNU build ids of this program and of the shared libraries that decide
/// a picture's bits (Embree, the C library's mathematics), in hex, and Kiln's version.
std::string code_id();

}  // namespace kiln::engine
