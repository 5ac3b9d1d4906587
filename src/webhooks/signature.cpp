#include "webhooks/signature.h"

#include <array>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <optional>
#include <span>
#include <stdexcept>

namespace kiln::webhooks {
namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr std::size_t kFewestBytes = 24, kMostBytes = 64, kOwnBytes = 32;

std::string base64(std::span<const std::uint8_t> bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a zero
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

/// Nothing when it is not base64. OpenSSL takes white space around it and counts padding as zero bytes.
std::optional<std::vector<std::uint8_t>> from_base64(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const std::string_view digits = text.substr(0, text.size() - padding);
  if (text.empty() || text.size() % 4 != 0 || digits.find_first_not_of(kAlphabet) != std::string_view::npos) return {};
  std::vector<std::uint8_t> bytes(text.size() / 4 * 3);
  const int length =
      EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (length < 0) return {};
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

std::array<std::uint8_t, 32> hmac_sha256(std::span<const std::uint8_t> key, std::string_view message) {
  std::array<std::uint8_t, 32> digest{};
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(message.data()),
       message.size(), digest.data(), nullptr);
  return digest;
}

}  // namespace

Result<Signer> Signer::from_secrets(std::string_view text) {
  std::vector<Key> keys;
  for (;;) {
    const std::size_t comma = text.find(',');
    const std::string_view secret = text.substr(0, comma);
    auto key = secret.starts_with(kPrefix) ? from_base64(secret.substr(kPrefix.size())) : std::nullopt;
    if (!key || key->size() < kFewestBytes || key->size() > kMostBytes) {
      return Error{ErrorCode::invalid_request, "a webhook secret is whsec_ and base64 of 24 to 64 bytes", ""};
    }
    keys.push_back(std::move(*key));
    if (comma == std::string_view::npos) return Signer(std::move(keys));
    text.remove_prefix(comma + 1);
  }
}

std::string Signer::sign(std::string_view id, std::int64_t timestamp_s, std::string_view body) const {
  std::string message(id);
  message.append(".").append(std::to_string(timestamp_s)).append(".").append(body);
  std::string signatures;
  for (const Key& key : keys_) {
    if (!signatures.empty()) signatures += ' ';
    signatures += "v1," + base64(hmac_sha256(key, message));
  }
  return signatures;
}

std::string random_secret() {
  std::array<std::uint8_t, kOwnBytes> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("the system gives no random bytes for a webhook secret");
  }
  return std::string(kPrefix) + base64(bytes);
}

}  // namespace kiln::webhooks
