#include "scene/json_view.h"

#include <cmath>
#include <set>

namespace kiln::scene {
namespace {

std::string escaped(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

/// The JSON pointer (RFC 6901) of `target` within `value`, appended to `pointer`. The depth of the document is bounded.
bool find_pointer(const Json& value, const Json& target, std::string& pointer) {
  if (&value == &target) return true;
  if (!value.is_structured()) return false;
  const std::size_t size = pointer.size();
  std::size_t index = 0;
  for (auto it = value.begin(); it != value.end(); ++it, ++index) {
    if (!it->is_structured() && &*it != &target) continue;
    pointer += '/';
    pointer += value.is_object() ? escaped(it.key()) : std::to_string(index);
    if (find_pointer(*it, target, pointer)) return true;
    pointer.resize(size);
  }
  return false;
}

}  // namespace

void Report::fail(const Json& value, std::string_view key, std::string_view what, ErrorCode code) {
  if (error_) return;
  std::string pointer;
  find_pointer(root_, value, pointer);
  if (!key.empty()) {
    pointer += '/';
    pointer += escaped(key);
  }
  std::string message = pointer.empty() ? "the document" : pointer;
  message += ' ';
  message += what;
  error_ = Error{code, std::move(message), std::move(pointer)};
}

void JsonView::fail(std::string_view what, ErrorCode code) const {
  if (value_ != nullptr)
    report_->fail(*value_, "", what, code);
  else
    report_->fail(*parent_, key_, what, code);
}

JsonView JsonView::operator[](const char* key) const {
  if (value_ == nullptr) return {nullptr, parent_, key_, report_};
  const auto it = value_->is_object() ? value_->find(key) : value_->end();
  return {it == value_->end() ? nullptr : &*it, value_, key, report_};
}

JsonView JsonView::required(const char* key) const {
  const JsonView member = (*this)[key];
  if (present() && !member.present()) member.fail("must be defined");
  return member;
}

JsonView JsonView::at(std::size_t index) const { return {&(*value_)[index], value_, "", report_}; }

std::size_t JsonView::size() const { return present() && value_->is_structured() ? value_->size() : 0; }

bool JsonView::is_object() const {
  if (present() && !value_->is_object()) fail("must be an object");
  return present() && value_->is_object();
}

bool JsonView::is_array(std::size_t min_size) const {
  if (!present()) return false;
  if (!value_->is_array()) return fail("must be an array"), false;
  if (value_->size() < min_size) return fail("must not be empty"), false;
  return true;
}

std::optional<double> JsonView::number(Range range) const {
  if (!present()) return std::nullopt;
  if (!value_->is_number()) return fail("must be a number"), std::nullopt;
  const double number = value_->get<double>();
  if (std::abs(number) > std::numeric_limits<float>::max()) return fail("is beyond the range of float"), std::nullopt;
  if (number >= range.min && number <= range.max && !(range.exclusive_min && number == range.min)) return number;
  return fail("is out of range"), std::nullopt;
}

std::optional<std::uint64_t> JsonView::integer(std::uint64_t min, std::uint64_t max) const {
  if (!present()) return std::nullopt;
  if (!value_->is_number_integer()) return fail("must be an integer"), std::nullopt;
  const bool negative = !value_->is_number_unsigned() && value_->get<std::int64_t>() < 0;
  if (negative || value_->get<std::uint64_t>() < min || value_->get<std::uint64_t>() > max)
    return fail("is out of range"), std::nullopt;
  return value_->get<std::uint64_t>();
}

std::optional<bool> JsonView::boolean() const {
  if (!present()) return std::nullopt;
  if (!value_->is_boolean()) return fail("must be true or false"), std::nullopt;
  return value_->get<bool>();
}

std::optional<std::string_view> JsonView::string() const {
  if (!present()) return std::nullopt;
  if (!value_->is_string()) return fail("must be a string"), std::nullopt;
  return std::string_view(value_->get_ref<const std::string&>());
}

bool JsonView::numbers(std::size_t count, Range range) const {
  if (!is_array(0)) return false;
  if (size() != count) return fail("must have " + std::to_string(count) + " elements"), false;
  for (std::size_t i = 0; i < count; ++i)
    if (!at(i).number(range)) return false;
  return true;
}

std::optional<std::size_t> JsonView::index(std::size_t count) const {
  const auto value = integer();
  if (!value) return std::nullopt;
  if (*value >= count)
    return fail("refers to " + std::to_string(*value) + ", but there are only " + std::to_string(count)), std::nullopt;
  return static_cast<std::size_t>(*value);
}

bool JsonView::indices(std::size_t count) const {
  if (!is_array()) return false;
  std::set<std::size_t> seen;
  for (std::size_t i = 0; i < size(); ++i) {
    const auto element = at(i).index(count);
    if (!element) return false;
    if (!seen.insert(*element).second) return at(i).fail("is a duplicate"), false;
  }
  return true;
}

}  // namespace kiln::scene
