#include "http/schema_check.h"

#include <algorithm>
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

bool has_type(const Json& schema, const char* name) {
  const auto type = schema.find("type");
  if (type == schema.end()) return false;
  return type->is_array() ? std::find(type->begin(), type->end(), name) != type->end() : *type == name;
}

/// "from 0 to 1", "above 0 and below 180", "of at least 1"; empty without bounds.
std::string range_of(const Json& schema) {
  const auto bound = [&](const char* name) { return schema.contains(name) ? schema[name].dump() : std::string(); };
  const std::string least = bound("minimum"), most = bound("maximum");
  const std::string above = bound("exclusiveMinimum"), below = bound("exclusiveMaximum");
  if (!least.empty() && !most.empty()) return " from " + least + " to " + most;
  if (!above.empty() && !below.empty()) return " above " + above + " and below " + below;
  if (!least.empty()) return " of at least " + least;
  return above.empty() ? "" : " above " + above;
}

std::string array_words(const Json& schema) {
  const std::uint64_t least = schema.value("minItems", std::uint64_t{0}), most = schema.value("maxItems", UINT64_MAX);
  const bool of_numbers = schema.contains("items") && has_type(schema["items"], "number");
  const std::string what = of_numbers ? " numbers" : " elements";
  if (least == most) return "an array of " + std::to_string(least) + what;
  if (most == UINT64_MAX) return "an array";
  return "an array of " + std::to_string(least) + " to " + std::to_string(most) + what;
}

/// "a number from 0 to 1"
std::string expectation_of(const Json& schema) {
  if (schema.contains("const")) return schema["const"].dump();
  if (schema.contains("enum")) return "one of " + schema["enum"].dump();
  if (schema.contains("type") && schema["type"].is_string()) {
    if (has_type(schema, "integer")) return "an integer" + range_of(schema);
    if (has_type(schema, "number")) return "a number" + range_of(schema);
    if (has_type(schema, "boolean")) return "true or false";
    if (has_type(schema, "array")) return array_words(schema);
    if (has_type(schema, "object")) return "an object";
    if (has_type(schema, "string") && schema.contains("maxLength")) {
      return "a string of " + std::to_string(schema.value("minLength", 0)) + " to " + schema["maxLength"].dump() +
             " bytes";
    }
  }
  return schema.value("description", "as the contract describes it");
}

/// Whether a branch of a oneOf or anyOf was meant by `value`: its type fits, and its constants are there.
bool is_meant(const Json& branch, const PlainJson& value) {
  if (branch.contains("type") && !has_type(branch, value.is_array() ? "array" : value.is_object() ? "object" : "")) {
    return false;
  }
  const Json properties = branch.value("properties", Json::object());
  for (const auto& member : properties.items()) {
    if (!member.value().contains("const")) continue;
    const auto found = value.find(member.key());
    if (found == value.end() || PlainJson(member.value()["const"]) != *found) return false;
  }
  return value.is_structured();
}

/// The schema itself, or the one of its alternatives that `value` was meant to keep.
const Json& chosen(const Json& schema, const PlainJson& value) {
  for (const char* kind : {"oneOf", "anyOf"}) {
    if (!schema.contains(kind) || schema.contains("properties")) continue;
    for (const Json& branch : schema[kind]) {
      if (is_meant(branch, value)) return branch;
    }
  }
  return schema;
}

/// The schema of a member or element; null where the schema says no more.
const Json* schema_below(const Json& schema, const std::string& token) {
  if (schema.contains("properties") && schema["properties"].contains(token)) return &schema["properties"][token];
  for (const char* others : {"items", "additionalProperties"}) {
    if (schema.contains(others) && schema[others].is_object()) return &schema[others];
  }
  return nullptr;
}

const PlainJson* value_below(const PlainJson& value, const std::string& token) {
  if (value.is_object() && value.contains(token)) return &value[token];
  if (value.is_array()) return &value[std::stoul(token)];
  return nullptr;
}

/// "one of variations, requests and frames", when the alternatives of an object differ in what they require only.
std::string required_alternatives(const Json& schema) {
  std::string names;
  const Json branches = schema.value("oneOf", Json::array());
  for (std::size_t i = 0; i < branches.size(); ++i) {
    if (!branches[i].contains("required")) return "";
    if (i > 0) names += i + 1 == branches.size() ? " and " : ", ";
    names += branches[i]["required"][0].get<std::string>();
  }
  return names.empty() ? "" : "exactly one of " + names;
}

std::optional<Error> member_error(const PlainJson& value, const Json& schema, const std::string& place,
                                  const std::string& pointer) {
  const bool closed = schema.contains("additionalProperties") && schema["additionalProperties"] == false;
  for (const auto& member : value.items()) {
    if (!closed || schema["properties"].contains(member.key())) continue;
    return Error{ErrorCode::unknown_member, place + " has no member \"" + member.key() + "\"",
                 pointer_to(pointer, member.key())};
  }
  for (const auto& name : schema.value("required", Json::array())) {
    if (value.contains(name)) continue;
    return Error{ErrorCode::invalid_request, place + " lacks the member " + name.dump(),
                 pointer_to(pointer, name.get<std::string>())};
  }
  const std::string alternatives = required_alternatives(schema);
  if (alternatives.empty()) return std::nullopt;
  return Error{ErrorCode::invalid_request, place + " must have " + alternatives, pointer};
}

/// Says what is wrong at one place in our words: the validator's name constraints, not expectations.
Error describe(const PlainJson& value, const Json& schema, const std::string& pointer) {
  const std::string place = pointer.empty() ? "the request" : pointer;
  if (value.is_object() && schema.contains("properties")) {
    if (auto error = member_error(value, schema, place, pointer)) return *std::move(error);
  }
  return {ErrorCode::invalid_request, place + " must be " + expectation_of(schema), pointer};
}

}  // namespace

class SchemaCheck::Impl {
 public:
  explicit Impl(Json schema) : json_(std::move(schema)), plain_(json_) {
    valijson::SchemaParser().populateSchema(Adapter(plain_), schema_);
  }

  std::optional<Error> check(const PlainJson& value) {
    if (validator_.validate(schema_, Adapter(value), nullptr)) return std::nullopt;
    valijson::ValidationResults results;
    validator_.validate(schema_, Adapter(value), &results);
    // The place that lies deepest is the cause; those around it say only that something inside is wrong.
    const auto deepest = std::max_element(results.begin(), results.end(), [](const auto& a, const auto& b) {
      return a.context.size() < b.context.size();
    });
    const PlainJson* place = &value;
    const Json* node = &chosen(json_, value);
    std::string pointer;
    for (std::size_t i = 1; deepest != results.end() && i < deepest->context.size(); ++i) {
      const std::string& bracketed = deepest->context[i];
      const std::string token = bracketed.substr(1, bracketed.size() - 2);
      const Json* below = schema_below(*node, token);
      if (below == nullptr) break;
      place = value_below(*place, token);
      node = &chosen(*below, *place);
      pointer = pointer_to(pointer, token);
    }
    return describe(*place, *node, pointer);
  }

 private:
  const Json json_;
  const PlainJson plain_;
  valijson::Schema schema_;
  valijson::Validator validator_;
};

SchemaCheck::SchemaCheck(Json schema) : impl_(std::make_unique<Impl>(std::move(schema))) {}
SchemaCheck::~SchemaCheck() = default;
SchemaCheck::SchemaCheck(SchemaCheck&&) noexcept = default;

std::optional<Error> SchemaCheck::check(const Json& value) const { return impl_->check(PlainJson(value)); }

}  // namespace kiln::http
