#include "http/contract.h"

#include <map>
#include <string>

#include "http/schema_check.h"

namespace kiln::embedded {
extern const std::string_view kOpenapiJson;
}

namespace kiln::http {
namespace {

const Json& referred(const Json& reference) {
  const std::string text = reference.get<std::string>();
  return contract().at(Json::json_pointer(text.substr(1)));  // "#/components/schemas/Job"
}

/// Adds what `part` says of an object to `whole`.
void merge_object(Json& whole, const Json& part) {
  for (const auto& member : part.items()) {
    if (member.key() == "properties") {
      whole["properties"].update(member.value());
    } else if (member.key() == "required") {
      Json& required = whole["required"];
      for (const Json& name : member.value()) required.push_back(name);
    } else {
      whole[member.key()] = member.value();
    }
  }
}

Json standalone_member(const std::string& name, const Json& value) {
  if (name == "properties") {
    Json properties = Json::object();
    for (const auto& property : value.items()) properties[property.key()] = standalone(property.value());
    return properties;
  }
  if (name == "oneOf" || name == "anyOf") {
    Json branches = Json::array();
    for (const Json& branch : value) branches.push_back(standalone(branch));
    return branches;
  }
  const bool is_schema = name == "items" || name == "additionalProperties" || name == "not";
  return is_schema ? standalone(value) : value;
}

}  // namespace

const Json& contract() {
  static const Json kDocument = Json::parse(embedded::kOpenapiJson);
  return kDocument;
}

const SharedText& contract_text() {
  static const SharedText kText = std::make_shared<const std::string>(to_text(contract()));
  return kText;
}

Json standalone(const Json& schema) {
  if (!schema.is_object()) return schema;
  Json whole = Json::object();
  if (schema.contains("$ref")) whole = standalone(referred(schema["$ref"]));
  for (const Json& part : schema.value("allOf", Json::array())) merge_object(whole, standalone(part));
  Json own = Json::object();
  for (const auto& member : schema.items()) {
    // A format says something to people and generators only (JSON Schema 2020-12, 7.2.1); valijson would throw at a
    // value that is no string.
    if (member.key() == "$ref" || member.key() == "allOf" || member.key() == "format") continue;
    const bool closes = member.key() == "unevaluatedProperties";
    own[closes ? "additionalProperties" : member.key()] = standalone_member(member.key(), member.value());
  }
  merge_object(whole, own);
  return whole;
}

std::optional<Error> check_against(std::string_view schema_name, const Json& body) {
  static std::map<std::string, SchemaCheck, std::less<>> checks;
  auto found = checks.find(schema_name);
  if (found == checks.end()) {
    const std::string name(schema_name);
    found = checks.emplace(name, SchemaCheck(standalone(contract().at("components").at("schemas").at(name)))).first;
  }
  return found->second.check(body);
}

}  // namespace kiln::http
