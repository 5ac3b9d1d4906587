#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kiln::http {

/// Resolves %XX; with `plus_is_space` also '+' (query strings). Nothing when an escape is broken.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space);

/// The parameters of a query string, decoded, in their order. Nothing when an escape is broken.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

}  // namespace kiln::http
