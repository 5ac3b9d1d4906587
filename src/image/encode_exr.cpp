#include <ImfChannelList.h>
#include <ImfFrameBuffer.h>
#include <ImfHeader.h>
#include <ImfOutputFile.h>
#include <ImfStringAttribute.h>
#include <algorithm>
#include <cmath>
#include <exception>
#include <half.h>
#include <stdexcept>

#include "image/encoders.h"
#include "image/exr_stream.h"
#include "image/metadata.h"

namespace kiln::image {
namespace {

namespace Imf = OPENEXR_IMF_NAMESPACE;

struct HalfPixel {
  half r, g, b, a;
};

half to_half(float v) {
  constexpr float kLargest = 65504.0f;
  return std::isnan(v) ? half(0.0f) : half(std::clamp(v, -kLargest, kLargest));
}

std::vector<HalfPixel> to_halves(const LinearImage& image) {
  std::vector<HalfPixel> out;
  out.reserve(image.pixels.size());
  for (const Vec4& p : image.pixels) out.push_back({to_half(p.x), to_half(p.y), to_half(p.z), to_half(p.w)});
  return out;
}

std::string attribute_name(std::string key) {
  if (key == "Software") return "software";
  std::replace(key.begin(), key.end(), ' ', '_');
  std::transform(key.begin(), key.end(), key.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return "kiln_" + key;
}

Imath::Box2i window(std::uint32_t x, std::uint32_t y, std::uint32_t width, std::uint32_t height) {
  const Imath::V2i first(static_cast<int>(x), static_cast<int>(y));
  return {first, first + Imath::V2i(static_cast<int>(width) - 1, static_cast<int>(height) - 1)};
}

Imf::Header header_of(const LinearImage& image, const Film& film) {
  const bool is_whole = film.width == 0 || film.height == 0;
  return {window(0, 0, is_whole ? image.width : film.width, is_whole ? image.height : film.height),
          window(film.x, film.y, image.width, image.height)};
}

/// The file is written from the layer's own memory.
template <class T>
void add_channels(const ImageLayer& layer, const std::vector<T>& values, Imf::PixelType type, const LinearImage& image,
                  Imf::Header& header, Imf::FrameBuffer& frame) {
  const std::size_t stride = layer.channels.size() * sizeof(T);
  if (values.size() * sizeof(T) != image.pixels.size() * stride) throw std::length_error("a layer of another size");
  for (std::size_t c = 0; c < layer.channels.size(); ++c) {
    const std::string name = layer.name + "." + layer.channels[c];
    header.channels().insert(name, Imf::Channel(type));
    frame.insert(name, Imf::Slice::Make(type, &values[c], header.dataWindow(), stride, stride * image.width));
  }
}

void add_layers(const ImageLayers& layers, const LinearImage& image, Imf::Header& header, Imf::FrameBuffer& frame) {
  for (const auto& [key, value] : layers.attributes) header.insert(key, Imf::StringAttribute(value));
  for (const ImageLayer& layer : layers.layers) {
    if (const auto* numbers = std::get_if<std::vector<float>>(&layer.values)) {
      add_channels(layer, *numbers, Imf::FLOAT, image, header, frame);
    } else {
      add_channels(layer, std::get<std::vector<std::uint32_t>>(layer.values), Imf::UINT, image, header, frame);
    }
  }
}

std::vector<std::byte> write(const LinearImage& image, const Film& film, bool with_alpha, const PictureInfo& info,
                             const ImageLayers& layers) {
  auto pixels = to_halves(image);
  Imf::Header header = header_of(image, film);
  header.compression() = Imf::ZIP_COMPRESSION;
  for (const auto& [key, value] : metadata_fields(info))
    header.insert(attribute_name(key), Imf::StringAttribute(value));
  Imf::FrameBuffer frame;
  const auto add = [&](const char* name, half& first) {
    header.channels().insert(name, Imf::Channel(Imf::HALF));
    frame.insert(name, Imf::Slice::Make(Imf::HALF, &first, header.dataWindow(), sizeof(HalfPixel),
                                        sizeof(HalfPixel) * image.width));
  };
  add("R", pixels[0].r);
  add("G", pixels[0].g);
  add("B", pixels[0].b);
  if (with_alpha) add("A", pixels[0].a);
  add_layers(layers, image, header, frame);
  MemoryOutput stream;
  {
    Imf::OutputFile file(stream, header, 0);
    file.setFrameBuffer(frame);
    file.writePixels(static_cast<int>(image.height));
  }  // the line table is written when the file closes
  return stream.take();
}

}  // namespace

EncodedBytes encode_exr(const LinearImage& image, const Film& film, bool with_alpha, const PictureInfo& info,
                        const ImageLayers& layers) try {
  return write(image, film, with_alpha, info, layers);
} catch (const std::bad_alloc&) {
  throw;
} catch (const std::exception& e) {
  return encoder_failed(std::string("OpenEXR: ") + e.what());
}

}  // namespace kiln::image
