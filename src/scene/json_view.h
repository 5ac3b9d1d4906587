#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "kiln/error.h"

#include "scene/gltf_json.h"

namespace kiln::scene {

/// Collects what is wrong with a glTF document. Only the first fault counts: checks go on with safe defaults, so that
/// they need no branch at each step, and stop at the next loop.
class Report {
 public:
  explicit Report(const Json& root) : root_(root) {}
  bool failed() const { return error_.has_value(); }
  const std::optional<Error>& error() const { return error_; }

  /// The fault is at `value`, a part of the root document, or at its member `key` when that is not empty.
  void fail(const Json& value, std::string_view key, std::string_view what, ErrorCode code);

 private:
  const Json& root_;
  std::optional<Error> error_;
};

/// Inclusive bounds of a number.
struct Range {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool exclusive_min = false;
};

/// A value of the document, or the place where an optional one is missing. Every accessor reports a wrong type or
/// range and then returns the same as for a missing value. Cheap to copy; lives as long as the document and the report.
class JsonView {
 public:
  JsonView(const Json& root, Report& report) : value_(&root), report_(&report) {}

  bool present() const { return value_ != nullptr; }
  const Json& json() const { return *value_; }
  Report& report() const { return *report_; }
  void fail(std::string_view what, ErrorCode code = ErrorCode::invalid_scene) const;

  JsonView operator[](const char* key) const;  ///< absent where this is no object or lacks the member
  JsonView required(const char* key) const;    ///< reports a member that is missing
  JsonView at(std::size_t index) const;        ///< an element of an array that has it
  std::size_t size() const;                    ///< of an array or object, else 0

  bool is_object() const;                         ///< reports a present value that is none
  bool is_array(std::size_t min_size = 1) const;  ///< reports a present value that is none or is shorter
  std::optional<double> number(Range range = {}) const;
  std::optional<std::uint64_t> integer(std::uint64_t min = 0, std::uint64_t max = kMaxInteger) const;
  std::optional<bool> boolean() const;
  std::optional<std::string_view> string() const;
  /// An array of exactly `count` numbers.
  bool numbers(std::size_t count, Range range = {}) const;
  /// An index below `count`; reports one that points nowhere.
  std::optional<std::size_t> index(std::size_t count) const;
  /// An array of distinct indices below `count`.
  bool indices(std::size_t count) const;

  static constexpr std::uint64_t kMaxInteger = std::uint64_t{1} << 53;

 private:
  JsonView(const Json* value, const Json* parent, const char* key, Report* report)
      : value_(value), parent_(parent), key_(key), report_(report) {}

  const Json* value_ = nullptr;
  const Json* parent_ = nullptr;
  const char* key_ = "";
  Report* report_;
};

/// Calls `check(element, index)` for each element of an array until something has failed. A missing array has none;
/// an empty one is reported.
template <class Check>
void for_each(const JsonView& array, Check check) {
  if (!array.is_array()) return;
  for (std::size_t i = 0; i < array.size() && !array.report().failed(); ++i) check(array.at(i), i);
}

}  // namespace kiln::scene
