#include "engine/guard.h"
#include "engine/local_engine.h"
#include "scene/inspect.h"

namespace kiln::engine {
namespace {

class LocalInspector final : public Inspector {
 public:
  LocalInspector(const scene::Limits& limits, bool reads_folder) : limits_(limits), reads_folder_(reads_folder) {}

  Result<AssetSummary> inspect(const std::filesystem::path& file, const std::string& media_type) override {
    return guarded([&] { return scene::inspect_file(file, media_type, limits_, reads_folder_); });
  }

 private:
  scene::Limits limits_;
  bool reads_folder_;
};

}  // namespace

std::unique_ptr<Inspector> make_local_inspector(const scene::Limits& limits, bool reads_folder) {
  return std::make_unique<LocalInspector>(limits, reads_folder);
}

}  // namespace kiln::engine
