#include "tests/api/contract_watch.h"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <map>
#include <mutex>
#include <set>

#include "http/contract.h"
#include "http/schema_check.h"
#include "tests/api/client.h"

namespace kiln::api_test {
namespace {

using http::contract;
using http::Json;

/// What any answer may have (RFC 9110, 9112).
const std::set<std::string> kHeadersOfHttp{"date",         "connection",        "content-length",
                                           "content-type", "transfer-encoding", "trailer"};

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

const Json& resolved(const Json& node) {
  if (!node.contains("$ref")) return node;
  return contract().at(Json::json_pointer(node["$ref"].get<std::string>().substr(1)));
}

/// Lets no object have members that its schema does not name.
void close_objects(Json& schema) {
  if (!schema.is_structured()) return;
  if (schema.is_object() && schema.contains("properties") && !schema.contains("additionalProperties")) {
    schema["additionalProperties"] = false;
  }
  for (auto& inner : schema) close_objects(inner);
}

std::string objection_to_json(const Json& schema, const std::string& text) {
  static std::mutex mutex;
  static std::map<const Json*, http::SchemaCheck> checks;  // by where they stand in the contract
  const std::scoped_lock lock(mutex);
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return "the body is not JSON";
  auto found = checks.find(&schema);
  if (found == checks.end()) {
    Json closed = http::standalone(schema);
    close_objects(closed);
    found = checks.emplace(&schema, http::SchemaCheck(std::move(closed))).first;
  }
  const auto error = found->second.check(json);
  return error ? error->message : "";
}

/// Whether a path is one of a template such as "/status/{id}".
bool fits(std::string_view pattern, std::string_view path) {
  while (true) {
    const std::size_t brace = pattern.find('{');
    if (brace == std::string_view::npos) return pattern == path;
    if (pattern.substr(0, brace) != path.substr(0, brace)) return false;
    pattern.remove_prefix(pattern.find('}') + 1);
    path.remove_prefix(brace);
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end == 0) return false;
    path.remove_prefix(end);
  }
}

/// The operation of a request; null where the contract has none.
const Json* operation_of(const std::string& method, const std::string& path) {
  const std::string verb = method == "HEAD" ? "get" : lower(method);
  for (const auto& item : contract()["paths"].items()) {
    if (fits(item.key(), path) && item.value().contains(verb)) return &item.value()[verb];
  }
  return nullptr;
}

std::string media_type_of(const Reply& reply) {
  const std::string type = reply.header("content-type");
  return type.substr(0, type.find(';'));
}

bool has_media_type(const Json& response, const std::string& type) {
  return type.empty() ? !response.contains("content")
                      : response.contains("content") && response["content"].contains(type);
}

/// The description that an answer must keep; null: there is none.
const Json* response_for(const Json* operation, int status, const std::string& type) {
  static const Json& transport = contract()["components"]["responses"]["Transport"];
  if (operation == nullptr) return has_media_type(transport, type) ? &transport : nullptr;
  for (const std::string& key : {std::to_string(status), std::string("default")}) {
    if (!(*operation)["responses"].contains(key)) continue;
    const Json& response = resolved((*operation)["responses"][key]);
    if (has_media_type(response, type)) return &response;
  }
  return nullptr;
}

std::string objection_to_headers(const Json& response, const Reply& reply) {
  std::set<std::string> known = kHeadersOfHttp;
  if (response.contains("headers")) {
    for (const auto& header : response["headers"].items()) {
      const std::string name = lower(header.key());
      known.insert(name);
      if (resolved(header.value()).value("required", false) && reply.headers.count(name) == 0) {
        return "the header " + header.key() + " is missing";
      }
    }
  }
  for (const auto& [name, value] : reply.headers) {
    if (known.count(name) == 0) return "the header " + name + " is not documented";
  }
  return "";
}

/// A stream that has been received whole: "event: ...", "data: ...", an empty line.
std::string objection_to_stream(const std::string& body) {
  std::string name;
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = std::min(body.find('\n', at), body.size());
    const std::string line = body.substr(at, end - at);
    at = end + 1;
    if (line.starts_with("event: ")) name = line.substr(7);
    if (!line.starts_with("data: ")) continue;
    std::string objection = objection_to_event(name, line.substr(6));
    if (!objection.empty()) return "event " + name + ": " + objection;
  }
  return "";
}

std::string objection_to_body(const Json& response, const std::string& type, const std::string& body) {
  if (type == "text/event-stream") return objection_to_stream(body);
  if (type.find("json") == std::string::npos) return "";
  return objection_to_json(response["content"][type]["schema"], body);
}

std::size_t chunked_size(std::string_view body) {
  std::size_t at = 0;
  while (true) {
    const std::size_t line_end = body.find("\r\n", at);
    if (line_end == std::string_view::npos) return body.size();
    const std::size_t size = std::strtoul(std::string(body.substr(at, line_end - at)).c_str(), nullptr, 16);
    if (size == 0) {
      const std::size_t end = body.find("\r\n\r\n", at);
      return end == std::string_view::npos ? body.size() : end + 4;
    }
    at = line_end + 2 + size + 2;
    if (at > body.size()) return body.size();
  }
}

/// How many bytes behind a header section belong to its request.
std::size_t body_size(const std::string& head, std::string_view rest) {
  if (head.find("\r\ntransfer-encoding:") != std::string::npos) return chunked_size(rest);
  const std::string name = "\r\ncontent-length:";
  const std::size_t at = head.find(name);
  if (at == std::string::npos) return 0;
  return std::min<std::size_t>(std::strtoul(head.c_str() + at + name.size(), nullptr, 10), rest.size());
}

}  // namespace

std::string objection_to_event(const std::string& name, const std::string& data) {
  static const std::map<std::string, std::string> schemas{{"state", "JobOrBatch"},
                                                          {"progress", "ProgressEvent"},
                                                          {"position", "PositionEvent"},
                                                          {"engine", "EngineEvent"},
                                                          {"removed", "RemovedEvent"}};
  const auto found = schemas.find(name);
  if (found == schemas.end()) return "there is no such event";
  return objection_to_json(contract()["components"]["schemas"][found->second], data);
}

void ContractWatch::sent(std::string_view bytes) { sent_ += bytes; }

std::optional<ContractWatch::RequestLine> ContractWatch::next_request() {
  while (sent_.starts_with("\r\n")) sent_.erase(0, 2);
  const std::size_t line_end = sent_.find("\r\n"), head_end = sent_.find("\r\n\r\n");
  const std::string line = sent_.substr(0, line_end);
  const std::size_t first = line.find(' '), last = line.rfind(' ');
  if (head_end == std::string::npos || first == last || line.compare(last, 6, " HTTP/") != 0) {
    sent_.clear();
    return std::nullopt;
  }
  const std::string head = lower(sent_.substr(0, head_end + 2));
  sent_.erase(0, head_end + 4);
  sent_.erase(0, body_size(head, sent_));
  std::string target = line.substr(first + 1, last - first - 1);
  if (target.starts_with("http://")) {
    target.erase(0, std::min(target.find_first_of("/?", 7), target.size()));
    if (!target.starts_with("/")) target = "/" + target;
  }
  return RequestLine{line.substr(0, first), target.substr(0, target.find('?'))};
}

std::string ContractWatch::objection_to(const Reply& reply, bool head) {
  if (reply.status < 200) return "";  // there is more to come, or nobody is there any more
  const auto request = next_request();
  const std::string what = request ? request->method + " " + request->path : "a request that cannot be read";
  const std::string type = media_type_of(reply);
  const std::string answer = what + " was answered " + std::to_string(reply.status) + " " + type;
  const Json* response =
      response_for(request ? operation_of(request->method, request->path) : nullptr, reply.status, type);
  if (response == nullptr) return answer + ", which the contract does not know";
  std::string objection = objection_to_headers(*response, reply);
  if (objection.empty() && !head && !type.empty()) objection = objection_to_body(*response, type, reply.body);
  return objection.empty() ? "" : answer + ", not as the contract says: " + objection;
}

void ContractWatch::received(const Reply& reply, bool head) {
  constexpr std::size_t kShown = 2000;
  const std::string objection = objection_to(reply, head);
  if (!objection.empty()) ADD_FAILURE() << objection << "\n" << reply.body.substr(0, kShown);
}

}  // namespace kiln::api_test
