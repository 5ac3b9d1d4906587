#pragma once

#include "kiln/asset.h"

#include "http/json_text.h"

namespace kiln::http {

Json to_json(const Asset& asset);

}  // namespace kiln::http
