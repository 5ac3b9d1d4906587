#include <memory>
#include <turbojpeg.h>

#include "image/codecs.h"

namespace kiln::image {
namespace {

struct FreeHandle {
  void operator()(void* h) const { tjDestroy(h); }
};
using Handle = std::unique_ptr<void, FreeHandle>;

struct Header {
  int width = 0, height = 0, subsampling = 0, colorspace = 0;
};

Error jpeg_error(const Handle& h) { return invalid_image("JPEG: {}", tjGetErrorStr2(h.get())); }

const unsigned char* raw(Bytes bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

Result<Header> read_header(const Handle& h, Bytes bytes) {
  Header r;
  if (!h) return Error{ErrorCode::out_of_memory, "no memory for a JPEG decoder", {}};
  if (tjDecompressHeader3(h.get(), raw(bytes), bytes.size(), &r.width, &r.height, &r.subsampling, &r.colorspace))
    return jpeg_error(h);
  return r;
}

/// libjpeg goes on after data errors and fills up with grey; only stray bytes between two markers, which some
/// cameras write, leave the picture whole.
bool picture_is_whole(const Handle& h) {
  return tjGetErrorCode(h.get()) == TJERR_WARNING &&
         std::string_view(tjGetErrorStr2(h.get())).find("extraneous bytes") != std::string_view::npos;
}

}  // namespace

Result<ImageInfo> probe_jpeg(Bytes bytes) {
  const auto header = read_header(Handle(tjInitDecompress()), bytes);
  if (!header) return header.error();
  return ImageInfo{ImageKind::jpeg, static_cast<std::uint32_t>(header->width),
                   static_cast<std::uint32_t>(header->height)};
}

Result<Rgba8Image> decode_jpeg(Bytes bytes, std::uint64_t max_texels) {
  const Handle handle(tjInitDecompress());
  const auto header = read_header(handle, bytes);
  if (!header) return header.error();
  if (header->colorspace == TJCS_CMYK || header->colorspace == TJCS_YCCK)
    return invalid_image("JPEG: CMYK pictures are not supported");
  const auto width = static_cast<std::uint32_t>(header->width), height = static_cast<std::uint32_t>(header->height);
  if (const auto ok = check_texels(width, height, max_texels); !ok) return ok.error();
  Rgba8Image image{width, height, {}};
  image.texels.resize(std::size_t{width} * height);
  const int failed =
      tjDecompress2(handle.get(), raw(bytes), bytes.size(), reinterpret_cast<unsigned char*>(image.texels.data()),
                    header->width, 0, header->height, TJPF_RGBA, TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS);
  if (failed && !picture_is_whole(handle)) return jpeg_error(handle);
  return image;
}

}  // namespace kiln::image
