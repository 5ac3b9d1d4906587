#include "jobs/picture_cache.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace kiln::jobs {
namespace {

bool is_source(const Job& job) {
  return job.state == JobState::succeeded && job.report && !job.expired_at && !job.report->partial &&
         !job.report->renderer.empty();
}

/// Mixes one more value into a hash (64-bit FNV's prime).
template <class T>
void mix(std::size_t& hash, const T& value) {
  hash = (hash ^ std::hash<T>()(value)) * 0x100000001b3u;
}

void mix(std::size_t& hash, Vec3 v) {
  for (const float x : {v.x, v.y, v.z}) mix(hash, x);
}

void mix(std::size_t& hash, const CameraRequest& camera) {
  mix(hash, camera.turn_deg);
  for (const auto& lens : {camera.lens_radius_m, camera.f_stop, camera.focus_distance_m}) mix(hash, lens);
  mix(hash, camera.placement.index());
  if (const auto* orbit = std::get_if<OrbitCamera>(&camera.placement)) {
    mix(hash, orbit->target);
    for (const float x : {orbit->theta_deg, orbit->phi_deg, orbit->radius}) mix(hash, x);
  } else if (const auto* at = std::get_if<LookAtCamera>(&camera.placement)) {
    mix(hash, at->eye);
    mix(hash, at->target);
  } else if (const auto* file = std::get_if<GltfCamera>(&camera.placement)) {
    mix(hash, file->which);
  }
}

}  // namespace

RequestPtr essence_of(const RequestPtr& request) {
  RenderRequest essence = *request;
  essence.metadata = RenderRequest().metadata;
  essence.time_limit_s.reset();
  essence.time_budget_s.reset();
  essence.keep_partial = false;
  if (!essence.time_s) essence.animation = 0, essence.shutter_s = 0;
  return essence == *request ? request : std::make_shared<const RenderRequest>(std::move(essence));
}

/// What tells the pictures of one scene apart: a member that is missing here makes finding slower, not wrong.
std::size_t PictureCache::KeyHash::operator()(const Key& key) const {
  const RenderRequest& r = *key.essence;
  std::size_t hash = key.renderer;
  mix(hash, r.scene);
  mix(hash, r.camera);
  mix(hash, r.environment.source.index());
  if (const auto* sky = std::get_if<SkyRequest>(&r.environment.source)) {
    for (const float x : {sky->sun_elevation_deg, sky->sun_azimuth_deg, sky->turbidity}) mix(hash, x);
  }
  for (const float x : {r.environment.rotation_deg, r.environment.intensity, r.exposure_ev}) mix(hash, x);
  for (const std::uint32_t n : {r.width, r.height, r.samples_per_pixel, r.max_depth, r.animation}) mix(hash, n);
  const Region region = region_of(r);
  for (const std::uint32_t n : {region.x, region.y, region.width, region.height}) mix(hash, n);
  mix(hash, r.filter_width_px);
  mix(hash, r.seed);
  mix(hash, r.noise_threshold);
  mix(hash, r.firefly_clamp);
  mix(hash, r.time_s);
  mix(hash, r.shutter_s);
  mix(hash, r.variant);
  mix(hash, r.white_balance_k);
  mix(hash, r.denoise);
  mix(hash, r.aovs.size());
  return hash;
}

std::optional<PictureCache::Key> PictureCache::key_of(const RequestPtr& request, const std::string& renderer) const {
  const auto at = std::find(renderers_.begin(), renderers_.end(), renderer);
  if (at == renderers_.end()) return std::nullopt;
  return Key{essence_of(request), static_cast<std::size_t>(at - renderers_.begin())};
}

void PictureCache::add(const JobPtr& job) {
  if (!is_source(*job)) return;
  const std::string& renderer = job->report->renderer;
  if (std::find(renderers_.begin(), renderers_.end(), renderer) == renderers_.end()) renderers_.push_back(renderer);
  if (pictures_[*key_of(job->request, renderer)].emplace(job->sequence, job->id).second) ++size_;
}

void PictureCache::remove(const Job& job) {
  if (!job.report) return;
  const auto key = key_of(job.request, job.report->renderer);
  const auto at = key ? pictures_.find(*key) : pictures_.end();
  if (at == pictures_.end() || at->second.erase(job.sequence) == 0) return;
  --size_;
  if (at->second.empty()) pictures_.erase(at);
}

std::optional<JobId> PictureCache::find(const RequestPtr& request, const std::string& renderer) const {
  const auto key = key_of(request, renderer);
  const auto at = key ? pictures_.find(*key) : pictures_.end();
  if (at == pictures_.end()) return std::nullopt;
  return at->second.rbegin()->second;
}

}  // namespace kiln::jobs
