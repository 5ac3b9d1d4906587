#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "store/asset_store.h"
#include "store/delivery_store.h"
#include "store/file_blob_store.h"
#include "store/job_store.h"

namespace kiln::cli {

/// Everything that a server keeps: files in a folder, jobs and assets in the database `kiln.db` beside them.
struct ServerStorage {
  std::filesystem::path folder;  ///< absolute
  std::shared_ptr<void>
      folder_end;  ///< removes a folder that is not to outlive the process; before the rest, it goes last
  std::unique_ptr<store::FileBlobStore> blobs;
  std::shared_ptr<store::JobStore> jobs;
  std::shared_ptr<store::AssetStore> assets;
  std::shared_ptr<store::DeliveryStore> deliveries;
};

/// Opens the folder `data`, made where it is missing, for this process alone; ":memory:" keeps jobs in memory and files
/// in a temporary folder. Errors: storage_full, io_error.
Result<ServerStorage> open_storage(const std::string& data, const boost::asio::any_io_executor& strand);

}  // namespace kiln::cli
