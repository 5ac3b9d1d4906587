#include "engine/guard.h"
#include "engine/local_engine.h"
#include "scene/inspect.h"

namespace kiln::engine {
namespace {

class LocalInspector final : public Inspector {
 public:
  explicit LocalInspector(const scene::Limits& limits) : limits_(limits) {}

  Result<AssetSummary> inspect(const std::filesystem::path& file, const std::string& media_type) override {
    return guarded([&] { return scene::inspect_file(file, media_type, limits_); });
  }

 private:
  scene::Limits limits_;
};

}  // namespace

std::unique_ptr<Inspector> make_local_inspector(const scene::Limits& limits) {
  return std::make_unique<LocalInspector>(limits);
}

}  // namespace kiln::engine
