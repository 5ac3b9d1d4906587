// Builds with Open Image Denoise (version 2): its filter on the CPU.
#include <OpenImageDenoise/oidn.h>
#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>

#include "render/denoise_picture.h"

namespace kiln::render {
namespace {

using Device = std::unique_ptr<std::remove_pointer_t<OIDNDevice>, decltype(&oidnReleaseDevice)>;
using Filter = std::unique_ptr<std::remove_pointer_t<OIDNFilter>, decltype(&oidnReleaseFilter)>;

/// Who watches the filter at work.
struct Watch {
  const std::function<Result<void>()>& at_work;
  const std::stop_token& stop;
  std::optional<Error> error;
};

bool go_on(void* user, double) {
  auto& watch = *static_cast<Watch*>(user);
  if (watch.stop.stop_requested()) watch.error = Error{ErrorCode::cancelled, "The render was cancelled.", {}};
  if (watch.error) return false;
  if (auto ok = watch.at_work(); !ok) watch.error = ok.error();
  return !watch.error;
}

/// The library takes what it only reads as void* too.
void set_image(OIDNFilter filter, const char* name, const void* first, const LinearImage& image, std::size_t stride) {
  auto* data = const_cast<void*>(first);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  oidnSetSharedFilterImage(filter, name, data, OIDN_FORMAT_FLOAT3, image.width, image.height, 0, stride,
                           stride * image.width);
}

}  // namespace

Result<LinearImage> denoise_picture(Renderer&, const LinearImage& picture, std::span<const Guide> guides,
                                    const std::function<Result<void>()>& at_work, const std::stop_token& stop) {
  if (guides.size() != picture.pixels.size()) return Error{ErrorCode::internal, "Each pixel needs a guide.", {}};
  LinearImage out = picture;  // alpha stays
  const Device device(oidnNewDevice(OIDN_DEVICE_TYPE_CPU), oidnReleaseDevice);
  oidnCommitDevice(device.get());
  const Filter filter(oidnNewFilter(device.get(), "RT"), oidnReleaseFilter);
  set_image(filter.get(), "color", picture.pixels.data(), picture, sizeof(Vec4));
  set_image(filter.get(), "albedo", &guides.front().albedo, picture, sizeof(Guide));
  set_image(filter.get(), "normal", &guides.front().normal, picture, sizeof(Guide));
  set_image(filter.get(), "output", out.pixels.data(), picture, sizeof(Vec4));
  oidnSetFilterBool(filter.get(), "hdr", true);
  Watch watch{at_work, stop, std::nullopt};
  oidnSetFilterProgressMonitorFunction(filter.get(), go_on, &watch);
  oidnCommitFilter(filter.get());
  oidnExecuteFilter(filter.get());
  if (watch.error) return *watch.error;
  const char* message = nullptr;
  const OIDNError failed = oidnGetDeviceError(device.get(), &message);
  if (failed == OIDN_ERROR_OUT_OF_MEMORY) return Error{ErrorCode::out_of_memory, message, {}};
  if (failed != OIDN_ERROR_NONE) return Error{ErrorCode::internal, std::string("Open Image Denoise: ") + message, {}};
  return out;
}

}  // namespace kiln::render
