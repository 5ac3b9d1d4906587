#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scene/document.h"

namespace kiln::scene {

/// The names of the file's variants (KHR_materials_variants).
std::vector<std::string> variant_names(const Json& document);

/// Gives every primitive the material that it has in this variant (the first one of that name); one that is not mapped
/// keeps its own.
/// Errors: unknown_variant.
Result<void> apply_variant(Document& document, const std::string& name);

/// Error unknown_variant, naming those that there are.
Error unknown_variant(std::string_view name, std::span<const std::string> known);

}  // namespace kiln::scene
