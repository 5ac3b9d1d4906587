#include <memory>
#include <spng.h>

#include "image/codecs.h"

namespace kiln::image {
namespace {

struct FreeContext {
  void operator()(spng_ctx* c) const { spng_ctx_free(c); }
};

struct Reader {
  std::unique_ptr<spng_ctx, FreeContext> context;
  spng_ihdr header{};
};

constexpr std::size_t kMaxChunkBytes = std::size_t{1}
                                       << 24;  // also bounds what a compressed text or profile unpacks to
constexpr std::size_t kMaxCacheBytes = std::size_t{1} << 26;

Error png_error(int code) { return invalid_image("PNG: {}", spng_strerror(code)); }

Result<Reader> open(Bytes bytes) {
  Reader r{std::unique_ptr<spng_ctx, FreeContext>(spng_ctx_new(0)), {}};
  if (!r.context) return Error{ErrorCode::out_of_memory, "no memory for a PNG decoder", {}};
  spng_set_chunk_limits(r.context.get(), kMaxChunkBytes, kMaxCacheBytes);
  spng_set_crc_action(r.context.get(), SPNG_CRC_ERROR, SPNG_CRC_DISCARD);
  if (const int e = spng_set_png_buffer(r.context.get(), bytes.data(), bytes.size())) return png_error(e);
  if (const int e = spng_get_ihdr(r.context.get(), &r.header)) return png_error(e);
  return r;
}

/// 0xRRRR GGGG BBBB AAAA rounded to the nearest of 256 levels.
std::uint32_t pack_rounded(const std::uint16_t* rgba) {
  std::uint32_t texel = 0;
  for (int c = 0; c < 4; ++c) texel |= (rgba[c] * 255u + 32767u) / 65535u << (8 * c);
  return texel;
}

}  // namespace

Result<ImageInfo> probe_png(Bytes bytes) {
  const auto reader = open(bytes);
  if (!reader) return reader.error();
  return ImageInfo{ImageKind::png, reader->header.width, reader->header.height};
}

Result<Rgba8Image> decode_png(Bytes bytes, std::uint64_t max_texels) {
  const auto reader = open(bytes);
  if (!reader) return reader.error();
  const auto& header = reader->header;
  if (const auto ok = check_texels(header.width, header.height, max_texels); !ok) return ok.error();
  Rgba8Image image{header.width, header.height, {}};
  const std::size_t texels = std::size_t{header.width} * header.height;
  image.texels.resize(texels);
  if (header.bit_depth < 16) {
    const int e =
        spng_decode_image(reader->context.get(), image.texels.data(), texels * 4, SPNG_FMT_RGBA8, SPNG_DECODE_TRNS);
    if (e) return png_error(e);
    return image;
  }
  std::vector<std::uint16_t> wide(texels * 4);
  const int e = spng_decode_image(reader->context.get(), wide.data(), texels * 8, SPNG_FMT_RGBA16, SPNG_DECODE_TRNS);
  if (e) return png_error(e);
  for (std::size_t i = 0; i < texels; ++i) image.texels[i] = pack_rounded(&wide[i * 4]);
  return image;
}

}  // namespace kiln::image
