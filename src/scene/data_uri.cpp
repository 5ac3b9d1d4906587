#include "scene/data_uri.h"

#include <algorithm>
#include <cctype>
#include <openssl/evp.h>

namespace kiln::scene {
namespace {

constexpr std::string_view kScheme = "data:";

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char l = static_cast<char>(c | 0x20);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/// RFC 4648, section 4; missing padding is forgiven.
std::optional<std::vector<std::byte>> base64_decoded(std::string text) {
  const auto is_digit = [](unsigned char c) { return std::isalnum(c) || c == '+' || c == '/'; };
  const std::size_t digits =
      static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
  const std::size_t padding = (4 - digits % 4) % 4;
  const std::string_view rest = std::string_view(text).substr(digits);
  if (padding == 3 || (!rest.empty() && rest != std::string_view("==").substr(0, padding))) return std::nullopt;
  text.resize(digits);
  text.append(padding, '=');
  std::vector<std::byte> bytes(text.size() / 4 * 3);
  // EVP takes an int: blocks of 2^28 characters, a multiple of 4.
  constexpr std::size_t kBlock = std::size_t{1} << 28;
  for (std::size_t done = 0; done < text.size(); done += kBlock) {
    const int count = static_cast<int>(std::min(kBlock, text.size() - done));
    if (EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()) + done / 4 * 3,
                        reinterpret_cast<const unsigned char*>(text.data()) + done, count) < 0)
      return std::nullopt;
  }
  bytes.resize(bytes.size() - padding);
  return bytes;
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3 || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0) return std::nullopt;
    out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
    i += 2;
  }
  return out;
}

bool is_data_uri(std::string_view uri) { return lower(uri.substr(0, kScheme.size())) == kScheme; }

std::optional<DataUri> split_data_uri(std::string_view uri) {
  const std::size_t comma = uri.find(',');
  if (!is_data_uri(uri) || comma == std::string_view::npos) return std::nullopt;
  const std::string header = lower(uri.substr(kScheme.size(), comma - kScheme.size()));
  DataUri parts;
  parts.media_type = header.substr(0, header.find(';'));
  parts.base64 = header.ends_with(";base64");
  parts.payload = uri.substr(comma + 1);
  return parts;
}

std::optional<std::vector<std::byte>> decode_payload(const DataUri& uri) {
  auto text = percent_decoded(uri.payload);
  if (!text) return std::nullopt;
  if (uri.base64) return base64_decoded(*std::move(text));
  const auto* bytes = reinterpret_cast<const std::byte*>(text->data());
  return std::vector<std::byte>(bytes, bytes + text->size());
}

}  // namespace kiln::scene
