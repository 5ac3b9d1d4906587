#pragma once

#include <exception>
#include <new>
#include <string>

#include "kiln/error.h"

namespace kiln::engine {

/// Runs `call`, which answers a Result, and makes a value of whatever it throws.
template <class Call>
auto guarded(Call call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::out_of_memory, "there was not enough memory", ""};
  } catch (const std::exception& e) {
    return Error{ErrorCode::internal, e.what(), ""};
  } catch (...) {
    return Error{ErrorCode::internal, "something that is no exception was thrown", ""};
  }
}

}  // namespace kiln::engine
