#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kiln::cli {

/// Columns as wide as their widest cell, two spaces apart.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> head) : rows_{std::move(head)} {}

  /// As many cells as the head has.
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  std::string text() const;  ///< lines without spaces at their ends

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// What may go to a terminal of a text that came over the network: control characters become '?'.
std::string printable(std::string_view text);

}  // namespace kiln::cli
