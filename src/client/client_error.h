#pragma once

#include <boost/system/result.hpp>
#include <optional>
#include <stdexcept>
#include <string>

#include "kiln/error.h"

namespace kiln::client {

enum class Trouble {
  refused,      ///< the server answered, with an error
  unreachable,  ///< no connection, or it broke before the answer was whole
  timed_out,    ///< the server was silent for too long
  interrupted,  ///< the caller asked for the stop
  local         ///< on this side: a file, a URL
};

/// Why a request brought nothing.
struct ClientError {
  Trouble trouble = Trouble::local;
  std::string code;  ///< stable: the server's own, an ErrorCode's name, server_unreachable, server_timeout, interrupted
  std::string message;                                 ///< one sentence for a person
  std::string pointer = {};                            ///< of the server's answer: into the request
  unsigned http_status = 0;                            ///< 0: no answer came
  std::optional<double> retry_after_s = std::nullopt;  ///< when the same request may well succeed
};

/// An error of this side.
inline ClientError local_error(const Error& e) {
  return {Trouble::local, std::string(code_name(e.code)), e.message, e.pointer};
}

/// Whether the same request may be answered once the server, or a proxy before it, has come back.
inline bool may_pass(const ClientError& e) {
  const bool restarting = e.http_status == 502 || e.http_status == 503 || e.http_status == 504;
  return e.trouble == Trouble::unreachable || e.trouble == Trouble::timed_out || restarting;
}

/// Asking a failed Answer for its value is a defect of the caller: it throws std::logic_error.
[[noreturn]] inline void throw_exception_from_error(const ClientError& e, const boost::source_location&) {
  throw std::logic_error("value() of a failed Answer: " + e.message);
}

template <class T>
using Answer = boost::system::result<T, ClientError>;

}  // namespace kiln::client
