#pragma once

#include <string_view>

namespace kiln::scene {

/// Whether files may require this extension: everything in it is rendered, or changes nothing at rest.
bool is_supported_extension(std::string_view name);

/// Whether an object of this extension may stand at such a place. Unknown extensions may stand anywhere.
bool may_stand_at(std::string_view extension, std::string_view place);

}  // namespace kiln::scene
