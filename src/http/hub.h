#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <string>
#include <unordered_set>

#include "http/connection.h"
#include "http/deadlines.h"
#include "http/metrics.h"
#include "http/router.h"
#include "http/server.h"
#include "http/turns.h"
#include "http/waits.h"

namespace kiln::http {

class Session;

/// What the sessions of one server share. Sessions hold it, so that it outlives the server where they do; `closed` then
/// tells that the services behind the handlers may be gone.
struct Hub {
  Hub(const ServerSettings& s, const boost::asio::io_context::executor_type& executor);

  const ServerSettings settings;
  const Timeouts timeouts;
  Turns turns;
  Deadlines deadlines;
  Waits waits;
  Router router;
  std::unique_ptr<Metrics> metrics;  ///< made when the router has its routes
  std::string date;                  ///< for the Date header; renewed by the sweep
  std::unordered_set<Session*> sessions;
  bool draining = false, closed = false;
  SteadyTime patience_ends_at{};  ///< while draining: nothing new is accepted and no upload is waited for beyond
  std::function<void()> last_session_ended;  ///< empty until drained for

  bool out_of_patience() const { return draining && std::chrono::steady_clock::now() > patience_ends_at; }
  void renew_date();
  void joined(Session* session) { sessions.insert(session); }
  void left(Session* session);
  void end_if_empty();  ///< calls last_session_ended when it is time
};

}  // namespace kiln::http
