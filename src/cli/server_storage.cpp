#include "cli/server_storage.h"

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "store/lost_database.h"
#include "store/memory_asset_store.h"
#include "store/memory_delivery_store.h"
#include "store/memory_job_store.h"
#include "store/sqlite_store.h"

namespace kiln::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMemory = ":memory:";
constexpr const char* kDatabase = "kiln.db";

Result<void> make_temporary_folder(ServerStorage& storage) {
  std::string name = (fs::temp_directory_path() / "kiln-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return file_error("cannot create folder", name, errno);
  storage.folder = name;
  storage.folder_end = std::shared_ptr<void>(nullptr, [folder = storage.folder](void*) {
    std::error_code there_is_none;
    fs::remove_all(folder, there_is_none);
  });
  return {};
}

Result<void> open_database(ServerStorage& storage, const boost::asio::any_io_executor& strand) {
  const fs::path file = storage.folder / kDatabase;
  if (auto there = store::check_database_is_not_lost(file, *storage.blobs); !there) return there;
  auto database = store::SqliteStore::open(file, strand);
  if (!database) return database.error();
  const std::shared_ptr<store::SqliteStore> owner = std::move(*database);
  storage.jobs = {owner, &owner->jobs()};
  storage.assets = {owner, &owner->assets()};
  storage.deliveries = {owner, &owner->deliveries()};
  return {};
}

}  // namespace

Result<ServerStorage> open_storage(const std::string& data, const boost::asio::any_io_executor& strand) {
  ServerStorage storage;
  const bool in_memory = data == kMemory;
  if (in_memory) {
    if (auto made = make_temporary_folder(storage); !made) return made.error();
  } else {
    storage.folder = fs::absolute(data);
  }
  auto blobs = store::FileBlobStore::open(storage.folder);
  if (!blobs) return blobs.error();
  storage.blobs = std::move(*blobs);
  if (in_memory) {
    storage.jobs = std::make_shared<store::MemoryJobStore>(strand);
    storage.assets = std::make_shared<store::MemoryAssetStore>(strand);
    storage.deliveries = std::make_shared<store::MemoryDeliveryStore>(strand);
  } else if (auto opened = open_database(storage, strand); !opened) {
    return opened.error();
  }
  return {boost::system::in_place_value, std::move(storage)};
}

}  // namespace kiln::cli
