#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::scene {

/// A data: URI (RFC 2397), taken apart; `payload` points into the URI.
struct DataUri {
  std::string media_type;  ///< lower case, without parameters; may be empty
  bool base64 = false;
  std::string_view payload;
};

/// %20 and the like (RFC 3986, section 2.1) as bytes; nullopt where one is malformed.
std::optional<std::string> percent_decoded(std::string_view text);

bool is_data_uri(std::string_view uri);

/// nullopt where the comma is missing.
std::optional<DataUri> split_data_uri(std::string_view uri);

/// The bytes of the payload; nullopt where it is malformed.
std::optional<std::vector<std::byte>> decode_payload(const DataUri& uri);

}  // namespace kiln::scene
