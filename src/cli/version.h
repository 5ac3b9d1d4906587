#pragma once

#include <string>

namespace kiln::cli {

/// "kiln 0.1.0" and a line about each backend that this binary holds.
std::string version_text();

/// "kiln 0.1.0"
std::string version_number();

}  // namespace kiln::cli
