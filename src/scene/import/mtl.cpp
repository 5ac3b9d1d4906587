#include "scene/import/mtl.h"

#include <algorithm>
#include <array>
#include <set>

#include "scene/import/text_lines.h"

namespace kiln::scene {
namespace {

constexpr std::string_view kBlank = " \t";

std::string_view take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(kBlank));
  text.remove_prefix(word.size());
  return word;
}

bool is_picture(const std::string& key) {
  static const std::set<std::string> kKeys{"map_kd",   "map_ks", "map_ns", "map_d", "map_tr",
                                           "map_ke",   "map_pr", "map_pm", "bump",  "norm",
                                           "map_bump", "disp",   "decal",  "refl",  "map_norm"};
  return kKeys.contains(key);
}

/// How many words follow an option of a picture, the least and the most.
struct Words {
  int fewest = 1, most = 1;
};

std::optional<Words> words_of(std::string_view option) {
  static const std::map<std::string_view, Words> kOptions{
      {"-o", {1, 3}},       {"-s", {1, 3}},      {"-t", {1, 3}},     {"-mm", {2, 2}},        {"-bm", {1, 1}},
      {"-blendu", {1, 1}},  {"-blendv", {1, 1}}, {"-boost", {1, 1}}, {"-cc", {1, 1}},        {"-clamp", {1, 1}},
      {"-imfchan", {1, 1}}, {"-texres", {1, 1}}, {"-type", {1, 1}},  {"-colorspace", {1, 1}}};
  const auto it = kOptions.find(option);
  return it == kOptions.end() ? std::nullopt : std::optional(it->second);
}

class MtlReader {
 public:
  MtlReader(std::string_view text, const std::string& file) : lines_(text, true), file_(file) {}

  Result<std::vector<MtlMaterial>> read() {
    while (lines_.next()) {
      const std::string key = lower_case(lines_.word());
      if (key.empty() || key[0] == '#') continue;
      if (key == "newmtl") {
        const std::string_view name = lines_.rest();
        if (!is_utf8(name)) return error("the name is not UTF-8");
        materials_.emplace_back().name = name;
      } else if (!materials_.empty()) {
        if (auto done = read_statement(key); !done) return done.error();
      }
    }
    return std::move(materials_);
  }

 private:
  Error error(const std::string& what) const {
    Error e = lines_.error(what);
    e.message = in_quotes(file_) + ", " + e.message;
    return e;
  }

  Result<void> read_statement(const std::string& key) {
    MtlMaterial& m = materials_.back();
    if (key == "kd") return read_color(m.diffuse);
    if (key == "ks") return read_color(m.specular);
    if (key == "ke") return read_color(m.emission);
    if (key == "ns") return read_number(m.shininess);
    if (key == "d") return read_number(m.opacity);
    if (key == "tr") return read_number(m.transparency);
    if (key == "pr") return read_number(m.roughness);
    if (key == "pm") return read_number(m.metallic);
    if (is_picture(key)) return read_picture(m.pictures[key]);
    if (key == "illum") {
      std::optional<float> model;
      if (auto done = read_number(model); !done) return done;
      m.illumination = static_cast<int>(std::clamp(*model, 0.0f, 100.0f));
    }
    return {};
  }

  Result<void> read_number(std::optional<float>& value) {
    std::string_view word = lines_.word();
    if (word == "-halo") word = lines_.word();
    value = to_float(word);
    if (!value) return error(in_quotes(word) + " is no finite number");
    return {};
  }

  /// Three numbers, or one for all three. Spectral curves and CIE XYZ are not read.
  Result<void> read_color(std::optional<Vec3>& color) {
    std::array<float, 3> c{};
    std::size_t count = 0;
    for (std::string_view word = lines_.word(); !word.empty() && word[0] != '#' && count < 3; word = lines_.word()) {
      if (count == 0 && (word == "spectral" || word == "xyz")) return {};
      const auto number = to_float(word);
      if (!number) return error(in_quotes(word) + " is no finite number");
      c[count++] = std::max(*number, 0.0f);
    }
    if (count != 1 && count != 3) return error("a colour has " + std::to_string(count) + " numbers");
    color = count == 1 ? Vec3{c[0], c[0], c[0]} : Vec3{c[0], c[1], c[2]};
    return {};
  }

  Result<void> read_picture(MtlPicture& picture) {
    picture = {};
    std::string_view rest = lines_.rest();
    while (rest.starts_with('-')) {
      std::string_view after = rest;
      const std::string_view option = take_word(after);
      const auto words = words_of(option);
      if (!words) break;
      rest = after;
      if (auto done = read_option(picture, option, *words, rest); !done) return done;
      rest.remove_prefix(std::min(rest.find_first_not_of(kBlank), rest.size()));
    }
    if (rest.empty()) return error("there is no name of a picture");
    if (!is_utf8(rest)) return error("the name is not UTF-8");
    picture.name = rest;
    return {};
  }

  Result<void> read_option(MtlPicture& picture, std::string_view option, Words words, std::string_view& rest) {
    std::vector<float> numbers;
    std::string_view first;
    for (int i = 0; i < words.most; ++i) {
      std::string_view after = rest;
      const std::string_view word = take_word(after);
      const auto number = to_float(word);
      if (i >= words.fewest && !number) break;
      if (i == 0) first = word;
      if (number) numbers.push_back(*number);
      rest = after;
    }
    const bool needs_number = option == "-o" || option == "-s" || option == "-bm";
    if (needs_number && numbers.empty()) return error("the option " + in_quotes(option) + " has no number");
    if (option == "-clamp") picture.clamped = first == "on";
    if (option == "-bm") picture.bump = numbers[0];
    if (option == "-o") picture.offset = {numbers[0], numbers.size() > 1 ? numbers[1] : 0};
    if (option == "-s") picture.scale = {numbers[0], numbers.size() > 1 ? numbers[1] : 1};
    return {};
  }

  TextLines lines_;
  const std::string& file_;
  std::vector<MtlMaterial> materials_;
};

}  // namespace

Result<std::vector<MtlMaterial>> read_mtl(std::string_view text, const std::string& file) {
  return MtlReader(text, file).read();
}

}  // namespace kiln::scene
