#include "engine/finish_picture.h"

#include <memory>
#include <numeric>
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
  LinearImage sums;
  SampleCounts counts;
  RenderReport report;
};

Result<std::vector<std::byte>> encode_picture(const Unfinished& picture) {
  const RenderRequest& request = picture.task.request;
  EncodeSettings settings{request.format, request.tone_mapping, request.exposure_ev,
                          request.background.kind == BackgroundKind::transparent};
  settings.film = film_of(request);
  const auto samples_per_pixel = static_cast<std::uint32_t>(picture.report.samples / picture.sums.pixels.size());
  const PictureInfo info{request.scene, samples_per_pixel, "kiln " KILN_VERSION};
  return encode(resolve_accumulator(picture.sums, picture.counts), settings, info);
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

std::uint64_t wanted_samples(const RenderRequest& request, const std::vector<std::uint32_t>& limits) {
  if (limits.empty()) return std::uint64_t{request.width} * request.height * request.samples_per_pixel;
  return std::accumulate(limits.begin(), limits.end(), std::uint64_t{0});
}

}  // namespace

FinishPicture finish_picture(const EngineTask& task, LinearImage sums, SampleCounts counts,
                             const RenderReport& report) {
  const std::uint64_t pixels = sums.pixels.size();
  auto picture = std::make_shared<Unfinished>(Unfinished{task, std::move(sums), std::move(counts), report});
  picture->report.samples = total_samples(picture->counts, pixels);
  picture->report.partial = picture->report.samples < wanted_samples(task.request, picture->counts.limits);
  return [picture = std::shared_ptr<const Unfinished>(std::move(picture))] {
    return guarded([&] { return finish(*picture); });
  };
}

}  // namespace kiln::engine
