#include "image/encode.h"

#include <ImfChannelList.h>
#include <ImfFrameBuffer.h>
#include <ImfHeader.h>
#include <ImfInputFile.h>
#include <ImfStringAttribute.h>
#include <gtest/gtest.h>
#include <memory>
#include <spng.h>
#include <turbojpeg.h>
#include <webp/decode.h>
#include <webp/mux.h>

#include "image/decode.h"
#include "image/exr_stream.h"
#include "image/resolve.h"
#include "image/tone_map.h"
#include "test_images.h"

namespace kiln {
namespace {

namespace Imf = OPENEXR_IMF_NAMESPACE;
using test::clipped;
using test::filled;
using test::gradient;
using test::text_of;

const PictureInfo kInfo{"sample:cornell-box", 64, "kiln 0.1.0"};

std::vector<std::byte> encoded(const LinearImage& image, const EncodeSettings& settings,
                               const PictureInfo& info = kInfo) {
  auto bytes = encode(image, settings, info);
  EXPECT_TRUE(bytes) << (bytes ? "" : bytes.error().message);
  return bytes ? *bytes : std::vector<std::byte>{};
}

const std::uint8_t* raw(const std::vector<std::byte>& b) { return reinterpret_cast<const std::uint8_t*>(b.data()); }

DisplayImage shown(const LinearImage& image, bool transparent) {
  return to_display(image, {ToneMapping::none, 0, transparent, {}, 8});
}

class EncodePng : public testing::TestWithParam<bool> {};

TEST_P(EncodePng, KeepsEveryByte) {
  const auto picture = gradient(33, 17);
  for (const bool transparent : {false, true}) {
    EncodeSettings settings = clipped(ImageFormat::png, transparent);
    settings.quick = GetParam();
    const auto bytes = encoded(picture, settings);
    const std::unique_ptr<spng_ctx, void (*)(spng_ctx*)> context(spng_ctx_new(0), spng_ctx_free);
    spng_set_png_buffer(context.get(), bytes.data(), bytes.size());
    spng_ihdr header;
    ASSERT_EQ(spng_get_ihdr(context.get(), &header), 0);
    EXPECT_EQ(header.width, 33u);
    EXPECT_EQ(header.height, 17u);
    EXPECT_EQ(header.color_type, transparent ? SPNG_COLOR_TYPE_TRUECOLOR_ALPHA : SPNG_COLOR_TYPE_TRUECOLOR);
    const auto expected = shown(picture, transparent);
    std::vector<std::uint8_t> pixels(expected.bytes.size());
    ASSERT_EQ(spng_decode_image(context.get(), pixels.data(), pixels.size(), SPNG_FMT_PNG, 0), 0);
    EXPECT_EQ(pixels, expected.bytes);
  }
}

TEST(EncodePng, KeepsSixteenBits) {
  const auto picture = gradient(33, 17);
  EncodeSettings settings = clipped(ImageFormat::png, true);
  settings.bit_depth = 16;
  const auto bytes = encoded(picture, settings);
  const std::unique_ptr<spng_ctx, void (*)(spng_ctx*)> context(spng_ctx_new(0), spng_ctx_free);
  spng_set_png_buffer(context.get(), bytes.data(), bytes.size());
  spng_ihdr header;
  ASSERT_EQ(spng_get_ihdr(context.get(), &header), 0);
  EXPECT_EQ(header.bit_depth, 16);
  std::vector<std::uint16_t> pixels(std::size_t{33} * 17 * 4);
  ASSERT_EQ(spng_decode_image(context.get(), pixels.data(), 2 * pixels.size(), SPNG_FMT_RGBA16, 0), 0);
  const Vec4 p = picture.pixels[40];
  EXPECT_NEAR(pixels[4 * 40] / 65535.0f, srgb_encode(p.x / p.w), 1.0f / 65535);
  EXPECT_NEAR(pixels[4 * 40 + 3] / 65535.0f, p.w, 1.0f / 65535);
}

INSTANTIATE_TEST_SUITE_P(QuickOrSmall, EncodePng, testing::Bool());

TEST(EncodePng, SaysSrgbAndWhereItComesFrom) {
  const auto bytes = encoded(gradient(4, 4), clipped(ImageFormat::png));
  const std::unique_ptr<spng_ctx, void (*)(spng_ctx*)> context(spng_ctx_new(0), spng_ctx_free);
  spng_set_png_buffer(context.get(), bytes.data(), bytes.size());
  std::uint8_t intent = 9;
  EXPECT_EQ(spng_get_srgb(context.get(), &intent), 0);
  std::uint32_t count = 0;
  ASSERT_EQ(spng_get_text(context.get(), nullptr, &count), 0);
  std::vector<spng_text> text(count);
  ASSERT_EQ(spng_get_text(context.get(), text.data(), &count), 0);
  std::string all;
  for (const spng_text& t : text) all += std::string(t.keyword) + "=" + t.text + ";";
  EXPECT_EQ(all,
            "Software=kiln 0.1.0;Scene=sample:cornell-box;"
            "Samples per pixel=64;");
}

TEST(EncodeJpeg, IsCloseAndFullySampled) {
  const auto picture = gradient(40, 24);
  const auto bytes = encoded(picture, clipped(ImageFormat::jpeg, true));
  const std::unique_ptr<void, int (*)(tjhandle)> handle(tjInitDecompress(), tjDestroy);
  int width = 0, height = 0, sampling = 0, space = 0;
  ASSERT_EQ(tjDecompressHeader3(handle.get(), raw(bytes), bytes.size(), &width, &height, &sampling, &space), 0);
  EXPECT_EQ(width, 40);
  EXPECT_EQ(height, 24);
  EXPECT_EQ(sampling, TJSAMP_444);
  std::vector<std::uint8_t> pixels(40 * 24 * 3);
  ASSERT_EQ(tjDecompress2(handle.get(), raw(bytes), bytes.size(), pixels.data(), width, 0, height, TJPF_RGB, 0), 0);
  const auto expected = shown(picture, false);
  double error = 0;
  for (std::size_t i = 0; i < pixels.size(); ++i) error += std::abs(pixels[i] - expected.bytes[i]);
  EXPECT_LT(error / static_cast<double>(pixels.size()), 2.5);
}

TEST(EncodeJpeg, CarriesTheMetadataAsAComment) {
  const auto bytes = encoded(gradient(4, 4), clipped(ImageFormat::jpeg));
  const auto text = text_of(bytes);
  EXPECT_EQ(text.substr(0, 4), "\xff\xd8\xff\xe0");  // JFIF stays first
  const auto at = text.find("\xff\xfe");
  ASSERT_NE(at, std::string_view::npos);
  EXPECT_EQ(text.substr(at + 4, 21), "Software: kiln 0.1.0\n");
  EXPECT_NE(text.find("Scene: sample:cornell-box\n"), std::string_view::npos);
}

TEST(EncodeWebp, IsCloseAndKeepsAlphaExactly) {
  const auto picture = gradient(40, 24);
  const auto bytes = encoded(picture, clipped(ImageFormat::webp, true));
  int width = 0, height = 0;
  const std::unique_ptr<std::uint8_t, void (*)(void*)> pixels(WebPDecodeRGBA(raw(bytes), bytes.size(), &width, &height),
                                                              WebPFree);
  ASSERT_TRUE(pixels);
  ASSERT_EQ(width, 40);
  ASSERT_EQ(height, 24);
  const auto expected = shown(picture, true);
  double error = 0;
  for (std::size_t i = 0; i < expected.bytes.size(); ++i) {
    if (i % 4 == 3) {
      EXPECT_EQ(pixels.get()[i], expected.bytes[i]);
    }
    error += std::abs(pixels.get()[i] - expected.bytes[i]);
  }
  EXPECT_LT(error / static_cast<double>(expected.bytes.size()), 3);
}

TEST(EncodeWebp, CarriesTheMetadataAsXmp) {
  PictureInfo info = kInfo;
  info.scene = "a<b>&\"c\"";
  const auto bytes = encoded(gradient(4, 4), clipped(ImageFormat::webp), info);
  const WebPData data{raw(bytes), bytes.size()};
  const std::unique_ptr<WebPMux, void (*)(WebPMux*)> mux(WebPMuxCreate(&data, 0), WebPMuxDelete);
  WebPData chunk;
  ASSERT_EQ(WebPMuxGetChunk(mux.get(), "XMP ", &chunk), WEBP_MUX_OK);
  const std::string xmp(reinterpret_cast<const char*>(chunk.bytes), chunk.size);
  EXPECT_NE(xmp.find("xmp:CreatorTool=\"kiln 0.1.0\""), std::string::npos);
  EXPECT_NE(xmp.find("kiln:Scene=\"a&lt;b>&amp;&quot;c&quot;\""), std::string::npos);
  EXPECT_NE(xmp.find("kiln:Samplesperpixel=\"64\""), std::string::npos);
}

TEST(EncodeExr, IsLinearWhateverExposureAndToneMapping) {
  EncodeSettings settings;
  settings.format = ImageFormat::exr;
  settings.exposure_ev = 3;
  settings.tone_mapping = ToneMapping::agx;
  const auto bytes = encoded(filled(5, 3, {0.5f, 20, 1000, 1}), settings);
  const auto image = decode_radiance(bytes, test::kNoLimit);
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->width, 5u);
  EXPECT_EQ(image->height, 3u);
  for (const Vec3 p : image->pixels) EXPECT_TRUE(p == (Vec3{0.5f, 20, 1000}));
}

TEST(EncodeExr, HasAlphaOnlyWhenTransparentAndTheMetadata) {
  for (const bool transparent : {false, true}) {
    const auto bytes = encoded(gradient(8, 8), clipped(ImageFormat::exr, transparent));
    image::MemoryInput stream(bytes);
    Imf::InputFile file(stream, 0);
    EXPECT_EQ(file.header().channels().findChannel("A") != nullptr, transparent);
    EXPECT_EQ(file.header().channels().findChannel("R")->type, Imf::HALF);
    EXPECT_EQ(file.header().compression(), Imf::ZIP_COMPRESSION);
    const auto* scene = file.header().findTypedAttribute<Imf::StringAttribute>("kiln_scene");
    ASSERT_NE(scene, nullptr);
    EXPECT_EQ(scene->value(), kInfo.scene);
    EXPECT_EQ(file.header().findTypedAttribute<Imf::StringAttribute>("kiln_samples_per_pixel")->value(), "64");
  }
}

TEST(EncodeExr, SaysWhichPartOfTheFilmItIs) {
  EncodeSettings settings = clipped(ImageFormat::exr);
  settings.film = {100, 50, 30, 20};
  LinearImage cut = filled(5, 3, {0.5f, 20, 1000, 1});
  cut.pixels[7].y = 3;
  const auto bytes = encoded(cut, settings);
  image::MemoryInput stream(bytes);
  Imf::InputFile file(stream, 0);
  EXPECT_EQ(file.header().displayWindow(), Imath::Box2i({0, 0}, {99, 49}));
  EXPECT_EQ(file.header().dataWindow(), Imath::Box2i({30, 20}, {34, 22}));
  const auto image = decode_radiance(bytes, test::kNoLimit);
  ASSERT_TRUE(image) << image.error().message;
  ASSERT_EQ(image->width, 100u) << "what reads pictures sees the whole";
  EXPECT_TRUE(image->pixels[21 * 100 + 32] == (Vec3{0.5f, 3, 1000}));
  EXPECT_TRUE(image->pixels[21 * 100 + 33] == (Vec3{0.5f, 20, 1000}));
  EXPECT_TRUE(image->pixels[19 * 100 + 32] == (Vec3{0, 0, 0}));
}

TEST(EncodeExr, KeepsAlphaAssociated) {
  const auto bytes = encoded(filled(1, 1, {0.25f, 0.125f, 4, 0.5f}), clipped(ImageFormat::exr, true));
  const auto image = decode_radiance(bytes, test::kNoLimit);
  ASSERT_TRUE(image);
  EXPECT_TRUE(image->pixels[0] == (Vec3{0.25f, 0.125f, 4}));
}

TEST(EncodeExr, WritesNeitherNanNorInfinity) {
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const auto image =
      decode_radiance(encoded(filled(1, 1, {nan, infinity, -infinity, 1}), clipped(ImageFormat::exr)), test::kNoLimit);
  ASSERT_TRUE(image);
  EXPECT_TRUE(image->pixels[0] == (Vec3{0, 65504, -65504}));
}

TEST(Encode, GivesTheSameBytesTwice) {
  for (const auto format : {ImageFormat::png, ImageFormat::jpeg, ImageFormat::webp, ImageFormat::exr})
    EXPECT_EQ(encoded(gradient(20, 20), clipped(format)), encoded(gradient(20, 20), clipped(format)));
}

TEST(Encode, RefusesSidesThatTheFormatCannotHold) {
  for (const auto& [format, side] : {std::pair{ImageFormat::webp, 16384u}, {ImageFormat::jpeg, 65501u}}) {
    const auto refused = encode(filled(side, 1, {}), clipped(format), {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::limit_exceeded);
    EXPECT_TRUE(encode(filled(side - 1, 1, {}), clipped(format), {}));
  }
}

TEST(Encode, WorksWithoutMetadata) {
  for (const auto format : {ImageFormat::png, ImageFormat::jpeg, ImageFormat::webp, ImageFormat::exr})
    EXPECT_TRUE(probe_image(encoded(gradient(3, 3), clipped(format), {})));
}

TEST(EncodeExr, HoldsFurtherLayersExactly) {
  const auto picture = gradient(3, 2);
  ImageLayers layers;
  layers.layers.push_back({"normal", {"X", "Y"}, std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1e30f}});
  layers.layers.push_back({"object_id", {"id"}, std::vector<std::uint32_t>{1, 2, 3, 4, 5, 0xffffffffu}});
  layers.attributes.emplace_back("cryptomatte/1234567/name", "x");
  const auto bytes = encode(picture, clipped(ImageFormat::exr), kInfo, layers);
  ASSERT_TRUE(bytes);
  image::MemoryInput stream(*bytes);
  Imf::InputFile file(stream);
  EXPECT_EQ(file.header().channels().findChannel("normal.X")->type, Imf::FLOAT);
  EXPECT_EQ(file.header().channels().findChannel("object_id.id")->type, Imf::UINT);
  EXPECT_EQ(file.header().channels().findChannel("R")->type, Imf::HALF);
  EXPECT_EQ(file.header().typedAttribute<Imf::StringAttribute>("cryptomatte/1234567/name").value(), "x");
  std::vector<float> y(6);
  std::vector<std::uint32_t> id(6);
  Imf::FrameBuffer frame;
  frame.insert("normal.Y", Imf::Slice(Imf::FLOAT, reinterpret_cast<char*>(y.data()), 4, 12));
  frame.insert("object_id.id", Imf::Slice(Imf::UINT, reinterpret_cast<char*>(id.data()), 4, 12));
  file.setFrameBuffer(frame);
  file.readPixels(0, 1);
  EXPECT_EQ(y, (std::vector<float>{1, 3, 5, 7, 9, 1e30f}));
  EXPECT_EQ(id, (std::vector<std::uint32_t>{1, 2, 3, 4, 5, 0xffffffffu}));
}

TEST(EncodeExr, RefusesALayerOfAnotherSize) {
  ImageLayers layers;
  layers.layers.push_back({"depth", {"Z"}, std::vector<float>(5)});
  EXPECT_EQ(encode(gradient(3, 2), clipped(ImageFormat::exr), kInfo, layers).error().code, ErrorCode::internal);
}

}  // namespace
}  // namespace kiln
