#pragma once

#include <memory>
#include <optional>

#include "http/json_text.h"

namespace kiln::http {

/// A JSON Schema (draft 7, without references) made ready to check values. Used by one thread.
class SchemaCheck {
 public:
  explicit SchemaCheck(Json schema);
  ~SchemaCheck();
  SchemaCheck(SchemaCheck&&) noexcept;

  /// What is wrong with `value`, at the place that lies deepest, in words that say what is expected there.
  std::optional<Error> check(const Json& value) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kiln::http
