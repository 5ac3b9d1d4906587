#pragma once

#include <boost/asio/post.hpp>
#include <string>
#include <utility>

#include "jobs/asset_service.h"

/// What the two halves of AssetService share.
namespace kiln::jobs {

/// The name of an asset's file: its id with '-' for ':'.
std::string asset_blob_name(const std::string& id);

template <class Call>
auto AssetService::on_strand(Call call) {
  return [self = std::weak_ptr(self_), call = std::move(call)](const auto&... values) {
    if (self.lock()) call(values...);
  };
}

/// The pool's threads end before this object does, so `this` is good there; on the strand it may be gone.
template <class Call>
void AssetService::on_pool(Call call) {
  boost::asio::post(pool_, std::move(call));
}

}  // namespace kiln::jobs
