#include "engine/finish_picture.h"

#include <memory>
#include <span>
#include <utility>

#include "base/clock.h"
#include "base/files.h"
#include "base/hashing.h"
#include "engine/guard.h"
#include "image/encode.h"

namespace kiln::engine {
namespace {

struct Unfinished {
  EngineTask task;
  TracedSamples traced;
  RenderReport report;
};

Result<std::vector<std::byte>> encode_picture(const Unfinished& picture) {
  const RenderRequest& request = picture.task.request;
  const EncodeSettings settings = encode_settings(request);
  const TracedSamples& traced = picture.traced;
  const auto samples_per_pixel = static_cast<std::uint32_t>(picture.report.samples / traced.sums.pixels.size());
  const PictureInfo info{request.scene, samples_per_pixel, "kiln " KILN_VERSION};
  return encode(resolve_accumulator(traced.sums, traced.counts), settings, info, traced.layers);
}

Result<RenderReport> finish(const Unfinished& picture) {
  const Stopwatch encoding;
  const auto bytes = encode_picture(picture);
  if (!bytes) return bytes.error();
  if (auto written = write_file_atomically(picture.task.result_file, *bytes); !written) return written.error();
  RenderReport report = picture.report;
  report.encode_s = encoding.seconds();
  report.result_bytes = bytes->size();
  Sha256 hash;
  hash.update(*bytes);
  report.result_sha256 = hash.hex();
  return report;
}

}  // namespace

EncodeSettings encode_settings(const RenderRequest& request) {
  EncodeSettings settings;
  settings.format = request.format;
  settings.bit_depth = request.bit_depth;
  settings.tone_mapping = request.tone_mapping;
  settings.exposure_ev = request.exposure_ev;
  settings.white_balance_k = request.white_balance_k;
  settings.transparent = request.background.kind == BackgroundKind::transparent;
  settings.film = film_of(request);
  return settings;
}

FinishPicture finish_picture(const EngineTask& task, TracedSamples traced, const RenderReport& report) {
  const auto picture = std::make_shared<const Unfinished>(Unfinished{task, std::move(traced), report});
  return [picture] { return guarded([&] { return finish(*picture); }); };
}

}  // namespace kiln::engine
