#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kiln/asset.h"

#include "store/job_store.h"

namespace kiln::store {

using AssetPtr = std::shared_ptr<const Asset>;

/// Keeps what is known of the assets; their bytes are blobs. The same rules as for JobStore, and changes made through
/// the JobStore of the same database become durable in one order with these.
class AssetStore {
 public:
  virtual ~AssetStore() = default;

  /// Adds an asset or replaces the one with its id.
  virtual void put(AssetPtr asset, StoreDone done) = 0;

  /// Removing what is not there succeeds.
  virtual void remove(const std::string& id, StoreDone done) = 0;

  /// By id. Blocks; only at start, before any other call.
  virtual Result<std::vector<AssetPtr>> load_all() = 0;
};

}  // namespace kiln::store
