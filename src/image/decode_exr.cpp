#include <ImfChannelList.h>
#include <ImfFrameBuffer.h>
#include <ImfHeader.h>
#include <ImfInputFile.h>
#include <ImfTileDescription.h>
#include <ImfVersion.h>
#include <algorithm>
#include <cstring>
#include <exception>

#include "image/codecs.h"
#include "image/exr_stream.h"

namespace kiln::image {
namespace {

namespace Imf = OPENEXR_IMF_NAMESPACE;
using IMATH_NAMESPACE::Box2i;

constexpr std::size_t kHeaderStart = 8;       // after magic and version
constexpr std::uint64_t kMaxSide = 1u << 17;  // bounds the line tables that the library allocates
constexpr std::uint64_t kMaxTileTexels = 1u << 24;
constexpr int kMaxChannels = 256;

std::uint64_t extent(int low, int high) {
  return high < low ? 0 : static_cast<std::uint64_t>(static_cast<std::int64_t>(high) - low) + 1;
}
std::uint64_t width_of(const Box2i& b) { return extent(b.min.x, b.max.x); }
std::uint64_t height_of(const Box2i& b) { return extent(b.min.y, b.max.y); }

/// The library allocates what an attribute claims as its size before it reads it, so look first: each is a name, a
/// type, both zero-terminated, a 32-bit size and that many bytes; an empty name ends them (OpenEXR file layout).
bool attributes_fit(Bytes bytes) {
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  std::size_t at = kHeaderStart;
  const auto skip_text = [&](std::size_t& length) {
    length = strnlen(text + at, bytes.size() - at);
    at += length + 1;
    return at <= bytes.size();
  };
  while (at < bytes.size()) {
    std::size_t length = 0;
    if (!skip_text(length)) return false;
    if (length == 0) return true;
    std::uint32_t size = 0;
    if (!skip_text(length) || bytes.size() - at < 4) return false;
    std::memcpy(&size, bytes.data() + at, 4);
    at += 4;
    if (size > bytes.size() - at) return false;
    at += size;
  }
  return false;
}

/// The header, with everything in it checked that decides how much the library will allocate.
Result<Imf::Header> read_header(Bytes bytes) {
  std::int32_t version = 0;
  if (bytes.size() < kHeaderStart || !attributes_fit(bytes)) return invalid_image("OpenEXR: the header is cut off");
  std::memcpy(&version, bytes.data() + 4, 4);
  if (Imf::isMultiPart(version) || Imf::isNonImage(version))
    return invalid_image("OpenEXR: files of several parts and deep pictures are not supported");
  Imf::Header header;
  MemoryInput stream(bytes);
  stream.seekg(kHeaderStart);
  header.readFrom(stream, version);
  for (const Box2i& box : {header.dataWindow(), header.displayWindow()})
    if (width_of(box) == 0 || height_of(box) == 0 || width_of(box) > kMaxSide || height_of(box) > kMaxSide)
      return invalid_image("OpenEXR: a window of {} x {} pixels", width_of(box), height_of(box));
  if (Imf::isTiled(version)) {
    const auto& tile = header.tileDescription();
    if (tile.xSize == 0 || tile.ySize == 0 || tile.ySize > kMaxTileTexels / tile.xSize)
      return invalid_image("OpenEXR: tiles of {} x {} pixels", tile.xSize, tile.ySize);
  }
  int channels = 0;
  for (auto c = header.channels().begin(); c != header.channels().end(); ++c) ++channels;
  if (channels > kMaxChannels) return invalid_image("OpenEXR: {} channels", channels);
  return header;
}

bool has_full_channel(const Imf::Header& header, const char* name) {
  const auto* channel = header.channels().findChannel(name);
  return channel && channel->xSampling == 1 && channel->ySampling == 1;
}

/// The data window as floats; a Y picture fills all three.
Result<std::vector<Vec3>> read_data_window(Bytes bytes, const Imf::Header& header) {
  const bool rgb = has_full_channel(header, "R") && has_full_channel(header, "G") && has_full_channel(header, "B");
  const bool gray = !rgb && has_full_channel(header, "Y") && !header.channels().findChannel("RY") &&
                    !header.channels().findChannel("BY");
  if (!rgb && !gray) return invalid_image("OpenEXR: neither R, G and B nor a lone Y channel");
  const Box2i& window = header.dataWindow();
  const std::size_t width = width_of(window), height = height_of(window);
  std::vector<Vec3> pixels(width * height);
  // OpenEXR addresses pixel (x, y) as base + x * x_stride + y * y_stride, in integers: the base lies outside the array.
  const auto origin = static_cast<std::ptrdiff_t>(sizeof(Vec3)) *
                      (window.min.x + static_cast<std::ptrdiff_t>(window.min.y) * static_cast<std::ptrdiff_t>(width));
  const auto slice = [&](float& first) {
    const auto base = reinterpret_cast<std::uintptr_t>(&first) - static_cast<std::uintptr_t>(origin);
    return Imf::Slice(Imf::FLOAT, reinterpret_cast<char*>(base), sizeof(Vec3), sizeof(Vec3) * width);
  };
  Imf::FrameBuffer frame;
  frame.insert(rgb ? "R" : "Y", slice(pixels[0].x));
  if (rgb) frame.insert("G", slice(pixels[0].y));
  if (rgb) frame.insert("B", slice(pixels[0].z));
  MemoryInput stream(bytes);
  Imf::InputFile file(stream, 0);
  file.setFrameBuffer(frame);
  file.readPixels(window.min.y, window.max.y);
  if (gray)
    for (Vec3& p : pixels) p = {p.x, p.x, p.x};
  return pixels;
}

/// What the display window shows of the data window; black elsewhere.
std::vector<Vec3> crop(const std::vector<Vec3>& data, const Box2i& from, const Box2i& to) {
  std::vector<Vec3> out(width_of(to) * height_of(to));
  const int x0 = std::max(from.min.x, to.min.x), x1 = std::min(from.max.x, to.max.x);
  const int y0 = std::max(from.min.y, to.min.y), y1 = std::min(from.max.y, to.max.y);
  for (int y = y0; y <= y1 && x0 <= x1; ++y) {
    const auto* row = &data[extent(from.min.y, y - 1) * width_of(from) + extent(from.min.x, x0 - 1)];
    std::copy_n(row, extent(x0, x1), &out[extent(to.min.y, y - 1) * width_of(to) + extent(to.min.x, x0 - 1)]);
  }
  return out;
}

Result<LinearFloatImage> decode(Bytes bytes, std::uint64_t max_texels) {
  const auto header = read_header(bytes);
  if (!header) return header.error();
  const Box2i data_window = header->dataWindow(), display = header->displayWindow();
  for (const Box2i& box : {data_window, display})
    if (const auto ok = check_texels(width_of(box), height_of(box), max_texels); !ok) return ok.error();
  auto data = read_data_window(bytes, *header);
  if (!data) return data.error();
  LinearFloatImage image{
      static_cast<std::uint32_t>(width_of(display)), static_cast<std::uint32_t>(height_of(display)), {}};
  image.pixels = data_window == display ? std::move(*data) : crop(*data, data_window, display);
  return image;
}

}  // namespace

Result<ImageInfo> probe_exr(Bytes bytes) try {
  const auto header = read_header(bytes);
  if (!header) return header.error();
  const Box2i window = header->displayWindow();
  return ImageInfo{ImageKind::openexr, static_cast<std::uint32_t>(width_of(window)),
                   static_cast<std::uint32_t>(height_of(window))};
} catch (const std::exception& e) {
  return invalid_image("OpenEXR: {}", e.what());
}

Result<LinearFloatImage> decode_exr(Bytes bytes, std::uint64_t max_texels) try {
  return decode(bytes, max_texels);
} catch (const std::exception& e) {
  return invalid_image("OpenEXR: {}", e.what());
}

}  // namespace kiln::image
