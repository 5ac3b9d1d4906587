#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "http/message.h"

namespace kiln::http {

inline constexpr std::size_t kMaxTargetBytes = 8 << 10;
inline constexpr std::size_t kMaxHeaderBytes = 16 << 10;

/// Takes the bytes of one request after another and gives its header section and the pieces of its body. Beast's
/// parser does the work; nothing outside this class's source file sees it.
class RequestParser {
 public:
  enum class Step {
    need_more,         ///< feed more bytes behind those that were not consumed
    header,            ///< the header section is complete, the Request is filled in
    piece,             ///< piece() holds bytes of the body, inside the input
    end,               ///< the request is complete
    malformed,         ///< 400
    target_too_long,   ///< 414
    header_too_large,  ///< 431
  };
  struct Progress {
    Step step;
    std::size_t consumed;
  };

  RequestParser();
  ~RequestParser();

  /// Forgets everything and waits for a request line; fills `request`, which must live until the next begin().
  void begin(Request& request);

  Progress feed(std::string_view input);

  std::string_view piece() const;
  bool done() const;      ///< the body has been read whole (or there is none)
  bool has_body() const;  ///< once the header is there
  std::optional<std::uint64_t> content_length() const;
  bool unknown_transfer_encoding() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kiln::http
