#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kiln/error.h"

namespace kiln::webhooks {

/// Signs messages as Standard Webhooks 1.0 (standardwebhooks.com) specifies for symmetric keys. Immutable: any thread.
class Signer {
 public:
  /// One secret, "whsec_" and base64 of 24 to 64 bytes, or several with commas between: messages then bear a signature
  /// of each, so that receivers can go over from one to another. Errors: invalid_request; the secret is not named.
  static Result<Signer> from_secrets(std::string_view text);

  /// The value of the header webhook-signature: "v1,<base64>", with spaces between several.
  std::string sign(std::string_view id, std::int64_t timestamp_s, std::string_view body) const;

 private:
  using Key = std::vector<std::uint8_t>;

  explicit Signer(std::vector<Key> keys) : keys_(std::move(keys)) {}

  std::vector<Key> keys_;
};

/// A fresh secret of 32 bytes. Throws std::runtime_error where the system gives no random bytes.
std::string random_secret();

}  // namespace kiln::webhooks
