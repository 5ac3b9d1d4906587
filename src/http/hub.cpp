#include "http/hub.h"

#include <ctime>
#include <utility>

#include "http/response_head.h"

namespace kiln::http {
namespace {

SteadyDuration seconds(double s) {
  return std::chrono::duration_cast<SteadyDuration>(std::chrono::duration<double>(s));
}

}  // namespace

Hub::Hub(const ServerSettings& s, const boost::asio::io_context::executor_type& executor)
    : settings(s),
      timeouts{seconds(s.request_timeout_s), seconds(s.idle_timeout_s)},
      turns(executor),
      deadlines(executor),
      waits(turns, deadlines) {
  renew_date();
}

void Hub::renew_date() { date = imf_fixdate(static_cast<std::int64_t>(std::time(nullptr))); }

void Hub::left(Session* session) {
  sessions.erase(session);
  end_if_empty();
}

void Hub::end_if_empty() {
  if (sessions.empty() && last_session_ended) std::exchange(last_session_ended, nullptr)();
}

}  // namespace kiln::http
