#include "scene/import/text_lines.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace kiln::scene {
namespace {

constexpr std::string_view kBlank = " \t\f\v";

std::string_view trimmed(std::string_view text) {
  const std::size_t start = text.find_first_not_of(kBlank);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(kBlank) + 1 - start);
}

/// How many bytes follow the first one of a character; -1 where it cannot be a first one.
int followers(unsigned char first) {
  if (first < 0x80) return 0;
  if (first >= 0xc2 && first < 0xe0) return 1;
  if (first >= 0xe0 && first < 0xf0) return 2;
  return first >= 0xf0 && first < 0xf5 ? 3 : -1;
}

}  // namespace

TextLines::TextLines(std::string_view text, bool joins)
    : text_(text.starts_with("\xef\xbb\xbf") ? text.substr(3) : text), joins_(joins) {}

std::string_view TextLines::take_line() {
  const std::size_t end = std::min(text_.find_first_of("\r\n"), text_.size());
  const std::string_view line = text_.substr(0, end);
  text_.remove_prefix(end);
  if (!text_.empty()) text_.remove_prefix(text_.starts_with("\r\n") ? 2 : 1);
  ++lines_taken_;
  return line;
}

bool TextLines::next() {
  if (text_.empty()) return false;
  number_ = lines_taken_ + 1;
  line_ = take_line();
  if (!joins_ || !line_.ends_with('\\')) return true;
  joined_.clear();
  while (line_.ends_with('\\')) {
    joined_.append(line_.substr(0, line_.size() - 1)) += ' ';
    line_ = text_.empty() ? std::string_view{} : take_line();
  }
  joined_.append(line_);
  line_ = joined_;
  return true;
}

std::string_view TextLines::word() {
  const std::size_t start = line_.find_first_not_of(kBlank);
  if (start == std::string_view::npos) return line_ = {};
  const std::size_t end = std::min(line_.find_first_of(kBlank, start), line_.size());
  const std::string_view word = line_.substr(start, end - start);
  line_.remove_prefix(end);
  return word;
}

std::string_view TextLines::rest() {
  const std::string_view rest = trimmed(line_);
  line_ = {};
  return rest;
}

std::string_view TextLines::word_anywhere() {
  while (true) {
    if (const std::string_view found = word(); !found.empty()) return found;
    if (!next()) return {};
  }
}

Error TextLines::error(const std::string& what) const {
  return {ErrorCode::invalid_scene, "line " + std::to_string(number_) + ": " + what, ""};
}

std::optional<double> to_double(std::string_view word) {
  if (word.starts_with('+')) word.remove_prefix(1);
  double value = 0;
  const auto [end, fault] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (word.empty() || end != word.data() + word.size()) return std::nullopt;
  // from_chars says the same of what is too large and of what is too small, which is 0.
  if (fault == std::errc::result_out_of_range && word.find("e-") == std::string_view::npos &&
      word.find("E-") == std::string_view::npos)
    return std::nullopt;
  if (!std::isfinite(value)) return std::nullopt;
  return fault == std::errc{} ? value : 0.0;
}

std::optional<float> to_float(std::string_view word) {
  const auto value = to_double(word);
  if (!value || !std::isfinite(static_cast<float>(*value))) return std::nullopt;
  return static_cast<float>(*value);
}

std::optional<std::int64_t> to_integer(std::string_view word) {
  if (word.starts_with('+')) word.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, fault] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (word.empty() || fault != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return value;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const int more = followers(first);
    if (more < 0 || text.size() - i <= static_cast<std::size_t>(more)) return false;
    for (int k = 1; k <= more; ++k) {
      const auto byte = static_cast<unsigned char>(text[i + static_cast<std::size_t>(k)]);
      // The second byte rules out overlong forms, surrogates and what is beyond U+10FFFF (Unicode 15, table 3-7).
      unsigned low = 0x80, high = 0xbf;
      if (k == 1 && first == 0xe0) low = 0xa0;
      if (k == 1 && first == 0xed) high = 0x9f;
      if (k == 1 && first == 0xf0) low = 0x90;
      if (k == 1 && first == 0xf4) high = 0x8f;
      if (byte < low || byte > high) return false;
    }
    i += static_cast<std::size_t>(more) + 1;
  }
  return true;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kShown = 60;
  std::string out = "\"";
  for (const char c : text.substr(0, kShown)) out += c >= ' ' && c <= '~' ? c : '?';
  return out + (text.size() > kShown ? "...\"" : "\"");
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return out;
}

}  // namespace kiln::scene
