#include "image/feature_layers.h"

#include <string>
#include <utility>

namespace kiln {
namespace {

std::vector<std::string> channels_of(Aov aov) {
  switch (aov) {
    case Aov::alpha:
      return {"A"};
    case Aov::albedo:
      return {"R", "G", "B"};
    case Aov::normal:
    case Aov::position:
      return {"X", "Y", "Z"};
    case Aov::depth:
      return {"Z"};
    case Aov::motion:
      return {"X", "Y"};
    case Aov::object_id:
    case Aov::material_id:
    case Aov::cryptomatte_object:
    case Aov::cryptomatte_material:
    case Aov::sample_count:
      break;
  }
  return {"id"};
}

void append(Vec3 v, std::vector<float>& out) { out.insert(out.end(), {v.x, v.y, v.z}); }

void append(Aov aov, const PixelFeatures& f, std::vector<float>& out) {
  if (aov == Aov::alpha) out.push_back(f.coverage);
  if (aov == Aov::albedo) append(f.albedo, out);
  if (aov == Aov::normal) append(f.normal, out);
  if (aov == Aov::position) append(f.position, out);
  if (aov == Aov::depth) out.push_back(f.depth_m);
  if (aov == Aov::motion) out.insert(out.end(), {f.motion_px.x, f.motion_px.y});
}

/// One more than the index of what covers most of the pixel; 0: nothing is there.
std::uint32_t most_seen(std::span<const SeenId> seen) {
  SeenId most;
  for (const SeenId& s : seen) {
    if (s.coverage > most.coverage) most = s;
  }
  return most.id + 1;  // kNone becomes 0
}

std::string name_or_number(const std::vector<std::string>& names, const char* kind, std::uint32_t index) {
  if (index < names.size() && !names[index].empty()) return names[index];
  return std::string(kind) + " " + std::to_string(index);
}

}  // namespace

FeatureLayers::FeatureLayers(const std::set<Aov>& aovs, const Scene& scene, std::uint64_t pixels) {
  for (const Aov aov : aovs) {
    if (aov == Aov::sample_count) continue;
    const std::string name(name_of(aov));
    if (aov == Aov::object_id || aov == Aov::material_id) {
      ids_.push_back({aov, {}});
      ids_.back().values.reserve(pixels);
    } else if (aov == Aov::cryptomatte_object) {
      const auto name_of_object = [&scene](std::uint32_t id) {
        return name_or_number(scene.object_names, "object", id);
      };
      objects_.emplace(name, name_of_object, pixels);
    } else if (aov == Aov::cryptomatte_material) {
      const auto name_of_material = [&scene](std::uint32_t id) {
        return name_or_number(scene.material_names, "material", id);
      };
      materials_.emplace(name, name_of_material, pixels);
    } else {
      numbers_.push_back({aov, {}});
      numbers_.back().values.reserve(pixels * channels_of(aov).size());
    }
  }
}

void FeatureLayers::add(std::span<const PixelFeatures> features) {
  for (const PixelFeatures& f : features) {
    for (Numbers& layer : numbers_) append(layer.aov, f, layer.values);
    for (Ids& layer : ids_) layer.values.push_back(most_seen(layer.aov == Aov::object_id ? f.objects : f.materials));
    if (objects_) objects_->add(f.objects);
    if (materials_) materials_->add(f.materials);
  }
}

ImageLayers FeatureLayers::finish() {
  ImageLayers all;
  for (Numbers& layer : numbers_) {
    all.layers.push_back({std::string(name_of(layer.aov)), channels_of(layer.aov), std::move(layer.values)});
  }
  for (Ids& layer : ids_) {
    all.layers.push_back({std::string(name_of(layer.aov)), channels_of(layer.aov), std::move(layer.values)});
  }
  if (objects_) objects_->finish(all);
  if (materials_) materials_->finish(all);
  return all;
}

ImageLayer sample_count_layer(const SampleCounts& counts, std::uint64_t pixels) {
  return {std::string(name_of(Aov::sample_count)), channels_of(Aov::sample_count), samples_of_pixels(counts, pixels)};
}

}  // namespace kiln
