#include <cstdlib>
#include <cstring>
#include <memory>
#include <spng.h>

#include "image/encoders.h"
#include "image/metadata.h"

namespace kiln::image {
namespace {

struct FreeContext {
  void operator()(spng_ctx* c) const { spng_ctx_free(c); }
};

struct FreeBuffer {
  void operator()(void* p) const { std::free(p); }  // NOLINT(cppcoreguidelines-no-malloc): libspng allocated it
};

/// iTXt, because job metadata are UTF-8. Must outlive the encoding: spng keeps pointers.
std::vector<spng_text> text_chunks(std::vector<MetadataField>& fields) {
  std::vector<spng_text> chunks;
  static char no_language[] = "";
  for (auto& [key, value] : fields) {
    spng_text chunk{};
    std::strncpy(chunk.keyword, key.c_str(), sizeof chunk.keyword - 1);
    chunk.type = SPNG_ITXT;
    chunk.text = value.data();
    chunk.length = value.size();
    chunk.language_tag = no_language;
    chunk.translated_keyword = no_language;
    chunks.push_back(chunk);
  }
  return chunks;
}

}  // namespace

EncodedBytes encode_png(const DisplayImage& image, const PictureInfo& info, bool quick) {
  const std::unique_ptr<spng_ctx, FreeContext> context(spng_ctx_new(SPNG_CTX_ENCODER));
  if (!context) return Error{ErrorCode::out_of_memory, "no memory for a PNG encoder", {}};
  spng_ihdr header{};
  header.width = image.width;
  header.height = image.height;
  header.bit_depth = static_cast<std::uint8_t>(image.bit_depth);
  header.color_type = image.channels == 4 ? SPNG_COLOR_TYPE_TRUECOLOR_ALPHA : SPNG_COLOR_TYPE_TRUECOLOR;
  auto fields = metadata_fields(info);
  auto chunks = text_chunks(fields);
  int e = spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1);
  // Above 4 noise does not shrink further, only slower. Half of the time goes into the choice of filters.
  if (!e) e = spng_set_option(context.get(), SPNG_IMG_COMPRESSION_LEVEL, quick ? 1 : 4);
  if (!e && quick) e = spng_set_option(context.get(), SPNG_FILTER_CHOICE, SPNG_FILTER_CHOICE_SUB);
  if (!e) e = spng_set_ihdr(context.get(), &header);
  if (!e) e = spng_set_srgb(context.get(), 0);
  if (!e && !chunks.empty()) e = spng_set_text(context.get(), chunks.data(), static_cast<std::uint32_t>(chunks.size()));
  if (!e)
    e = spng_encode_image(context.get(), image.bytes.data(), image.bytes.size(), SPNG_FMT_RAW, SPNG_ENCODE_FINALIZE);
  if (e) return encoder_failed(std::string("PNG: ") + spng_strerror(e));
  std::size_t size = 0;
  const std::unique_ptr<void, FreeBuffer> buffer(spng_get_png_buffer(context.get(), &size, &e));
  if (!buffer) return encoder_failed(std::string("PNG: ") + spng_strerror(e));
  const auto* first = static_cast<const std::byte*>(buffer.get());
  return std::vector<std::byte>(first, first + size);
}

}  // namespace kiln::image
