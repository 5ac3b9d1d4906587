#include "http/idempotency.h"

#include <algorithm>
#include <span>

#include "base/hashing.h"
#include "http/upload.h"

namespace kiln::http {
namespace {

constexpr std::string_view kHeader = "idempotency-key";

Error bad_key(const char* what) {
  return {ErrorCode::invalid_request, std::string("the Idempotency-Key header ") + what, ""};
}

/// What stands between the quotes; nothing when that is no string of RFC 8941.
std::optional<std::string> unquoted(std::string_view text) {
  if (text.size() < 2 || !text.ends_with('"')) return std::nullopt;
  text.remove_prefix(1);
  text.remove_suffix(1);
  std::string key;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return std::nullopt;
    if (text[i] == '\\') {
      if (++i == text.size() || (text[i] != '"' && text[i] != '\\')) return std::nullopt;
    }
    key += text[i];
  }
  return key;
}

/// Each part with its length before it: no two requests make the same text.
void add_part(Sha256& hash, std::string_view part) {
  const std::string size = std::to_string(part.size()) + ":";
  hash.update(std::as_bytes(std::span(size)));
  hash.update(std::as_bytes(std::span(part)));
}

}  // namespace

Result<std::optional<std::string>> idempotency_key_in(const Request& request) {
  const std::size_t count = request.count(kHeader);
  if (count == 0) return std::optional<std::string>();
  if (count > 1) return bad_key("comes more than once");
  const std::string_view value = request.header(kHeader);
  const auto key = value.starts_with('"') ? unquoted(value) : std::optional(std::string(value));
  if (!key) return bad_key("begins with a quote and is no quoted string");
  const bool printable = std::all_of(key->begin(), key->end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  if (key->empty() || key->size() > kMaxIdempotencyKeyBytes || !printable) {
    return bad_key("is 1 to 255 printable ASCII characters");
  }
  return key;
}

std::shared_ptr<const IdempotencyKey> with_digest(const std::optional<std::string>& key, std::string_view route,
                                                  const Request& request, std::string_view body) {
  if (!key) return nullptr;
  const std::string type = media_type_in(request.header("content-type"));
  Sha256 hash;
  for (const std::string_view part : {route, std::string_view(type), std::string_view(request.query), body}) {
    add_part(hash, part);
  }
  return std::make_shared<const IdempotencyKey>(IdempotencyKey{*key, hash.hex()});
}

void add_replayed(Response& response, bool replayed) {
  if (replayed) response.add_header("Idempotency-Replayed", "true");
}

}  // namespace kiln::http
