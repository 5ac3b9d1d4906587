#pragma once

#include <exception>
#include <new>
#include <string>

#include "kiln/error.h"

namespace kiln::jobs {

/// Runs `call`, which answers a Result and may throw (an engine, an inspector), and makes an error of what it throws:
/// no exception ends a thread here. `what` begins the message, e.g. "the engine failed".
template <class Call>
auto guarded_call(const char* what, Call call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::out_of_memory, std::string(what) + ": there was not enough memory", ""};
  } catch (const std::exception& e) {
    return Error{ErrorCode::internal, std::string(what) + ": " + e.what(), ""};
  } catch (...) {
    return Error{ErrorCode::internal, std::string(what) + ": something that is no exception was thrown", ""};
  }
}

}  // namespace kiln::jobs
