#include "http/render_schema.h"

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace kiln::http {
namespace {

/// valijson's adapter is for nlohmann::json, not for ordered_json.
using PlainJson = nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

constexpr double kFarthest_m = 1e9;
constexpr double kBrightest = 1e6;

Json integer(std::int64_t minimum, std::int64_t maximum, const char* description) {
  return {{"type", "integer"}, {"minimum", minimum}, {"maximum", maximum}, {"description", description}};
}

Json number(double minimum, double maximum, const char* description) {
  return {{"type", "number"}, {"minimum", minimum}, {"maximum", maximum}, {"description", description}};
}

Json numbers3(double minimum, double maximum, const char* description) {
  return {{"type", "array"},
          {"minItems", 3},
          {"maxItems", 3},
          {"items", {{"type", "number"}, {"minimum", minimum}, {"maximum", maximum}}},
          {"description", description}};
}

Json one_of(std::initializer_list<const char*> names, const char* description) {
  return {{"type", "string"}, {"enum", Json(names)}, {"description", description}};
}

Json text(std::size_t longest, const char* description) {
  return {{"type", "string"}, {"minLength", 1}, {"maxLength", longest}, {"description", description}};
}

Json object(Json properties, std::initializer_list<const char*> required, const char* description) {
  Json schema{{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
  if (required.size() > 0) schema["required"] = Json(required);
  schema["description"] = description;
  return schema;
}

Json point(const char* description) { return numbers3(-kFarthest_m, kFarthest_m, description); }
Json angle(const char* description) { return number(-1e5, 1e5, description); }

Json camera_schema() {
  Json fov = number(0, 180, "vertical field of view in degrees");
  fov.erase("minimum");
  fov.erase("maximum");
  fov["exclusiveMinimum"] = 0;
  fov["exclusiveMaximum"] = 180;
  Json orbit{{"target", point("what the camera looks at, metres")},
             {"theta_deg", angle("azimuth around +Y, 0 looks from +Z")},
             {"phi_deg", angle("polar angle from +Y, 90 is level")},
             {"radius", number(1e-6, kFarthest_m, "distance from the target, metres")}};
  Json look_at{{"eye", point("where the camera stands, metres")},
               {"target", point("what it looks at, metres")},
               {"up", point("a direction that is up in the picture")}};
  Json gltf{{"type", Json::array({"integer", "string"})},
            {"minimum", 0},
            {"maximum", 1'000'000},
            {"minLength", 1},
            {"maxLength", 1024},
            {"description", "a camera of the file, by index or by name"}};
  return object({{"orbit", object(std::move(orbit), {}, "a camera on a sphere around its target")},
                 {"look_at", object(std::move(look_at), {"eye", "target"}, "a camera between two points")},
                 {"gltf", std::move(gltf)},
                 {"vertical_fov_deg", std::move(fov)}},
                {}, "orbit, look_at or gltf; omitted: the scene's first camera, else framed automatically");
}

Json environment_schema() {
  return object({{"image", text(200, "asset id of an equirectangular image")},
                 {"color", numbers3(0, kBrightest, "a constant radiance, scene-linear")},
                 {"rotation_deg", angle("turns the image counter-clockwise seen from above")},
                 {"intensity", number(0, kBrightest, "a factor")}},
                {}, "an image or a colour; omitted: a studio when the scene has no light of its own, else black");
}

Json background_schema() {
  return {{"anyOf", Json::array({one_of({"environment", "transparent"}, "by name"),
                                 numbers3(0, kBrightest, "a colour, scene-linear")})},
          {"description", "\"environment\", \"transparent\" or a colour [r, g, b]"}};
}

Json make_schema() {
  Json properties{{"scene", text(200, "sha256:<hex> of an asset, or sample:<name>")},
                  {"camera", camera_schema()},
                  {"environment", environment_schema()},
                  {"background", background_schema()},
                  {"width", integer(1, 16384, "pixels")},
                  {"height", integer(1, 16384, "pixels")},
                  {"samples_per_pixel", integer(1, 65536, "paths through each pixel")},
                  {"max_depth", integer(1, 64, "most bounces of a path; 1: direct light only")},
                  {"seed", integer(0, (std::int64_t{1} << 53) - 1, "of the random numbers")},
                  {"time_limit_s", number(0.01, 1e6, "longest render, seconds; omitted: none")},
                  {"exposure_ev", number(-32, 32, "stops")},
                  {"tone_mapping", one_of({"pbr-neutral", "agx", "aces", "none"}, "EXR is never tone mapped")},
                  {"format", one_of({"png", "jpeg", "webp", "exr"}, "of the picture")},
                  {"metadata", {{"type", "object"}, {"description", "the client's own, given back; 16 KiB at most"}}}};
  Json schema = object(std::move(properties), {"scene"}, "a render request");
  schema["$schema"] = "http://json-schema.org/draft-07/schema#";
  return schema;
}

/// "a number from 0 to 1"
std::string expectation_of(const Json& schema) {
  const auto bound = [&](const char* name) { return schema[name].dump(); };
  const std::string type =
      schema.contains("type") && schema["type"].is_string() ? schema["type"].get<std::string>() : "";
  if (schema.contains("enum")) return "one of " + schema["enum"].dump();
  if (type == "integer") return "an integer from " + bound("minimum") + " to " + bound("maximum");
  if (type == "number" && schema.contains("minimum")) {
    return "a number from " + bound("minimum") + " to " + bound("maximum");
  }
  if (type == "number")
    return "a number above " + bound("exclusiveMinimum") + " and below " + bound("exclusiveMaximum");
  if (type == "array") return "an array of " + bound("minItems") + " numbers";
  if (type == "string") return "a string of 1 to " + bound("maxLength") + " bytes";
  if (type == "object") return "an object";
  return schema["description"];
}

/// The schema of a member or element; null where the schema says no more.
const Json* schema_below(const Json& schema, const std::string& token) {
  if (schema.contains("properties") && schema["properties"].contains(token)) return &schema["properties"][token];
  if (schema.contains("items")) return &schema["items"];
  return nullptr;
}

const PlainJson* value_below(const PlainJson& value, const std::string& token) {
  if (value.is_object() && value.contains(token)) return &value[token];
  if (value.is_array()) return &value[std::stoul(token)];
  return nullptr;
}

/// Says what is wrong at one place in our words: the validator's name constraints, not expectations.
Error describe(const PlainJson& value, const Json& schema, const std::string& pointer) {
  const std::string place = pointer.empty() ? "the request" : pointer;
  if (value.is_object() && schema.contains("properties")) {
    for (const auto& member : value.items()) {
      if (schema["properties"].contains(member.key())) continue;
      return {ErrorCode::unknown_member, place + " has no member \"" + member.key() + "\"",
              pointer_to(pointer, member.key())};
    }
    for (const auto& name : schema.value("required", Json::array())) {
      if (value.contains(name)) continue;
      return {ErrorCode::invalid_request, place + " lacks the member " + name.dump(),
              pointer_to(pointer, name.get<std::string>())};
    }
  }
  return {ErrorCode::invalid_request, place + " must be " + expectation_of(schema), pointer};
}

class RenderSchema {
 public:
  RenderSchema() : json(make_schema()), plain_(PlainJson::parse(json.dump())) {
    valijson::SchemaParser().populateSchema(Adapter(plain_), schema_);
  }

  std::optional<Error> check(const PlainJson& request) {
    valijson::ValidationResults results;
    if (validator_.validate(schema_, Adapter(request), &results)) return std::nullopt;
    // The place that lies deepest is the cause; those around it say only that something inside is wrong.
    const auto deepest = std::max_element(results.begin(), results.end(), [](const auto& a, const auto& b) {
      return a.context.size() < b.context.size();
    });
    const PlainJson* value = &request;
    const Json* node = &json;
    std::string pointer;
    for (std::size_t i = 1; deepest != results.end() && i < deepest->context.size(); ++i) {
      const std::string& bracketed = deepest->context[i];
      const std::string token = bracketed.substr(1, bracketed.size() - 2);
      const Json* below = schema_below(*node, token);
      if (below == nullptr) break;
      value = value_below(*value, token);
      node = below;
      pointer = pointer_to(pointer, token);
    }
    return describe(*value, *node, pointer);
  }

  const Json json;

 private:
  const PlainJson plain_;
  valijson::Schema schema_;
  valijson::Validator validator_;
};

RenderSchema& the_schema() {
  static RenderSchema schema;
  return schema;
}

}  // namespace

const Json& render_schema() { return the_schema().json; }

std::optional<Error> check_against_render_schema(const Json& request) { return the_schema().check(PlainJson(request)); }

}  // namespace kiln::http
