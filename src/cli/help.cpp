#include "cli/help.h"

#include <algorithm>

namespace kiln::cli {

/// CLI11 names a type by its kind and its checks: "TEXT:{png,jpeg}", "UINT:UINT in [1 - 64]".
std::string Help::make_option_opts(const CLI::Option* option) const {
  if (option->get_type_size() == 0) return "";
  const std::string type = option->get_type_name();
  const std::size_t colon = std::min(type.find(':'), type.size());
  std::string choices = type.substr(std::min(colon + 1, type.size()));
  if (!choices.starts_with('{')) return " " + type.substr(0, colon);
  choices = choices.substr(1, choices.size() - 2);
  std::replace(choices.begin(), choices.end(), ',', '|');
  return " " + choices;
}

std::string Help::make_option_desc(const CLI::Option* option) const {
  std::string text = option->get_description();
  if (option->get_required()) text += " (required)";
  if (!option->get_default_str().empty()) text += " [" + option->get_default_str() + "]";
  if (!option->get_envname().empty()) text += " $" + option->get_envname();
  return text;
}

}  // namespace kiln::cli
