#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kiln/error.h"

namespace kiln::scene {

/// Goes through a text line by line and word by word. Lines end with \n, \r\n or \r; a byte order mark is passed over.
class TextLines {
 public:
  /// `joins`: a backslash at the end of a line joins it with the next.
  explicit TextLines(std::string_view text, bool joins = false);

  /// The next line; false at the end.
  bool next();
  std::uint64_t number() const { return number_; }  ///< of the line, its first one where several are joined; from 1

  /// The next word of the line; empty at its end.
  std::string_view word();
  /// What is left of the line, without blanks around it.
  std::string_view rest();
  /// The next word of this or a later line; empty at the end of the text.
  std::string_view word_anywhere();

  /// What comes after the line.
  std::string_view remaining() const { return text_; }
  /// Of the line and after it.
  std::size_t unread_bytes() const { return line_.size() + text_.size(); }

  /// An invalid_scene error that begins with the line's number.
  Error error(const std::string& what) const;

 private:
  std::string_view take_line();

  std::string_view text_, line_;
  std::string joined_;
  std::uint64_t number_ = 0, lines_taken_ = 0;
  bool joins_;
};

/// A word that is a finite number as a whole; nothing else. to_float: finite as a float too.
std::optional<double> to_double(std::string_view word);
std::optional<float> to_float(std::string_view word);
std::optional<std::int64_t> to_integer(std::string_view word);

bool is_utf8(std::string_view text);

/// For messages: cut where it is long, and without what a terminal would not show.
std::string in_quotes(std::string_view text);

std::string lower_case(std::string_view text);  ///< ASCII only

}  // namespace kiln::scene
