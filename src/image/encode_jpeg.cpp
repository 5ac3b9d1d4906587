#include <algorithm>
#include <memory>
#include <span>
#include <turbojpeg.h>

#include "image/encoders.h"
#include "image/metadata.h"

namespace kiln::image {
namespace {

constexpr int kQuality = 92;
constexpr std::uint32_t kMaxSide = 65500;  // libjpeg's own; the format has 65535

struct FreeHandle {
  void operator()(void* h) const { tjDestroy(h); }
};
struct FreeBuffer {
  void operator()(unsigned char* p) const { tjFree(p); }
};

/// A COM marker (ISO/IEC 10918-1, B.2.4.5) right behind the JFIF header, which has to stay first.
std::vector<std::byte> with_comment(std::span<const unsigned char> jpeg, std::string text) {
  text.resize(std::min<std::size_t>(text.size(), 65533));
  std::size_t at = 2;  // behind SOI
  if (jpeg.size() > 6 && jpeg[2] == 0xff && jpeg[3] == 0xe0) at = 4 + std::size_t{jpeg[4]} * 256 + jpeg[5];
  const std::size_t length = text.size() + 2;
  std::string marker = {'\xff', '\xfe', static_cast<char>(length >> 8), static_cast<char>(length & 0xff)};
  marker += text;
  if (text.empty()) marker.clear();
  std::vector<std::byte> out(jpeg.size() + marker.size());
  const auto to_byte = [](auto c) { return static_cast<std::byte>(c); };
  auto next = std::transform(jpeg.begin(), jpeg.begin() + static_cast<std::ptrdiff_t>(at), out.begin(), to_byte);
  next = std::transform(marker.begin(), marker.end(), next, to_byte);
  std::transform(jpeg.begin() + static_cast<std::ptrdiff_t>(at), jpeg.end(), next, to_byte);
  return out;
}

}  // namespace

EncodedBytes encode_jpeg(const DisplayImage& image, const PictureInfo& info) {
  if (const auto ok = check_side(image.width, image.height, kMaxSide, "JPEG"); !ok) return ok.error();
  const std::unique_ptr<void, FreeHandle> handle(tjInitCompress());
  if (!handle) return Error{ErrorCode::out_of_memory, "no memory for a JPEG encoder", {}};
  unsigned char* data = nullptr;
  unsigned long size = 0;
  const int failed =
      tjCompress2(handle.get(), image.bytes.data(), static_cast<int>(image.width), 0, static_cast<int>(image.height),
                  TJPF_RGB, &data, &size, TJSAMP_444, kQuality, TJFLAG_ACCURATEDCT);
  const std::unique_ptr<unsigned char, FreeBuffer> buffer(data);
  if (failed) return encoder_failed(std::string("JPEG: ") + tjGetErrorStr2(handle.get()));
  return with_comment({data, size}, metadata_text(info));
}

}  // namespace kiln::image
