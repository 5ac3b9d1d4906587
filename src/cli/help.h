#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace kiln::cli {

/// Help pages with one line an option: its name and what it takes, then what it does, its default in brackets and its
/// environment variable.
class Help final : public CLI::Formatter {
 public:
  Help() { column_width(38); }

  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_option_desc(const CLI::Option* option) const override;
};

}  // namespace kiln::cli
