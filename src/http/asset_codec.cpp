#include "http/asset_codec.h"

#include "base/clock.h"
#include "codec/asset_json.h"

namespace kiln::http {

Json to_json(const Asset& asset) {
  return {{"id", asset.id},
          {"kind", codec::name_of(asset.summary.kind)},
          {"media_type", asset.media_type},
          {"bytes", asset.bytes},
          {"created_at", rfc3339(asset.created_at)},
          {"used_at", rfc3339(asset.used_at)},
          {"summary", codec::to_json(asset.summary)},
          {"links", {{"self", "/assets/" + asset.id}}}};
}

}  // namespace kiln::http
