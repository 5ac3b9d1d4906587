#include <array>
#include <utility>

#include "kiln/job.h"
#include "kiln/render_request.h"

namespace kiln {
namespace {

template <class T>
using Row = std::pair<T, std::string_view>;

constexpr std::array kToneMappings{
    Row<ToneMapping>{ToneMapping::pbr_neutral, "pbr-neutral"},
    Row<ToneMapping>{ToneMapping::agx, "agx"},
    Row<ToneMapping>{ToneMapping::aces, "aces"},
    Row<ToneMapping>{ToneMapping::none, "none"},
};
constexpr std::array kImageFormats{
    Row<ImageFormat>{ImageFormat::png, "png"},
    Row<ImageFormat>{ImageFormat::jpeg, "jpeg"},
    Row<ImageFormat>{ImageFormat::webp, "webp"},
    Row<ImageFormat>{ImageFormat::exr, "exr"},
};
constexpr std::array kAovs{
    Row<Aov>{Aov::alpha, "alpha"},
    Row<Aov>{Aov::albedo, "albedo"},
    Row<Aov>{Aov::normal, "normal"},
    Row<Aov>{Aov::depth, "depth"},
    Row<Aov>{Aov::position, "position"},
    Row<Aov>{Aov::object_id, "object_id"},
    Row<Aov>{Aov::material_id, "material_id"},
    Row<Aov>{Aov::cryptomatte_object, "cryptomatte_object"},
    Row<Aov>{Aov::cryptomatte_material, "cryptomatte_material"},
    Row<Aov>{Aov::sample_count, "sample_count"},
    Row<Aov>{Aov::motion, "motion"},
};
constexpr std::array kMediaTypes{
    Row<ImageFormat>{ImageFormat::png, "image/png"},
    Row<ImageFormat>{ImageFormat::jpeg, "image/jpeg"},
    Row<ImageFormat>{ImageFormat::webp, "image/webp"},
    Row<ImageFormat>{ImageFormat::exr, "image/x-exr"},
};
constexpr std::array kJobStates{
    Row<JobState>{JobState::queued, "queued"},         Row<JobState>{JobState::running, "running"},
    Row<JobState>{JobState::cancelling, "cancelling"}, Row<JobState>{JobState::succeeded, "succeeded"},
    Row<JobState>{JobState::failed, "failed"},         Row<JobState>{JobState::cancelled, "cancelled"},
};

template <class Table, class T>
std::string_view name_in(const Table& table, T value) {
  for (const auto& [known, name] : table) {
    if (known == value) return name;
  }
  return {};
}

template <class T, class Table>
std::optional<T> value_in(const Table& table, std::string_view name) {
  for (const auto& [value, known] : table) {
    if (known == name) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(ToneMapping t) { return name_in(kToneMappings, t); }
std::string_view name_of(ImageFormat f) { return name_in(kImageFormats, f); }
std::string_view name_of(Aov a) { return name_in(kAovs, a); }
std::string_view name_of(JobState s) { return name_in(kJobStates, s); }
std::string_view media_type_of(ImageFormat f) { return name_in(kMediaTypes, f); }

std::optional<ToneMapping> tone_mapping_from_name(std::string_view n) {
  return value_in<ToneMapping>(kToneMappings, n);
}
std::optional<ImageFormat> image_format_from_name(std::string_view n) {
  return value_in<ImageFormat>(kImageFormats, n);
}
std::optional<Aov> aov_from_name(std::string_view n) { return value_in<Aov>(kAovs, n); }
std::optional<JobState> job_state_from_name(std::string_view n) { return value_in<JobState>(kJobStates, n); }

}  // namespace kiln
