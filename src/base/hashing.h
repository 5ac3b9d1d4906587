#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "kiln/error.h"

namespace kiln {

/// SHA-256 over bytes that come in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::span<const std::byte> bytes);
  std::string hex();  ///< 64 lower-case hex digits; ends the hash: call once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The hash of a whole file, read in pieces. Errors: io_error.
Result<std::string> sha256_of_file(const std::filesystem::path& file);

}  // namespace kiln
