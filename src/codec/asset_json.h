#pragma once

#include "kiln/asset.h"

#include "codec/json.h"

namespace kiln::codec {

std::string_view name_of(AssetKind kind);  ///< "scene", "environment"

/// What is known of a file of its kind; the kind itself stands beside it.
Json to_json(const AssetSummary& summary);
AssetSummary asset_summary_from_json(std::string_view kind, const Json& json);

}  // namespace kiln::codec
