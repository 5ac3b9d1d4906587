#include "http/listener.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <spdlog/spdlog.h>

#include "http/session.h"

namespace kiln::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kPauseWithoutDescriptors = std::chrono::milliseconds(100);
constexpr auto kBetweenWarnings = std::chrono::minutes(1);

/// A server that has no descriptor left would otherwise say so ten times a second.
class AcceptWarning {
 public:
  void say(const error_code& error) {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (said_ && now - *said_ < kBetweenWarnings) return;
    said_ = now;
    spdlog::warn("cannot accept a connection: {}", error.message());
  }

 private:
  std::optional<SteadyTime> said_;
};

Error listen_error(const std::string& address, std::uint16_t port, const error_code& error) {
  return {ErrorCode::io_error, "cannot listen on " + address + " port " + std::to_string(port) + ": " + error.message(),
          ""};
}

Task<void> run_session(std::shared_ptr<Hub> hub, Socket socket) {
  Session session(std::move(hub), std::move(socket));
  co_await session.run();
}

/// One attempt to say why, then the end: a crowd must not cost memory.
void refuse(Socket socket, const Hub& hub) {
  const Response response = problem_response(kTooManyConnections);
  std::string text;
  append_head(text, response, ConnectionHeader::close, hub.date);
  text += std::get<std::string>(response.body);
  error_code ignored;
  socket.write_some(asio::buffer(text), ignored);
  socket.shutdown(Socket::shutdown_send, ignored);
}

bool prepare(Socket& socket) {
  error_code error;
  socket.non_blocking(true, error);
  if (!error) socket.set_option(tcp::no_delay(true), error);
  return !error;
}

}  // namespace

Result<std::shared_ptr<Acceptor>> listen_on(asio::io_context& io, const std::string& address, std::uint16_t port) {
  error_code error;
  const tcp::endpoint endpoint(asio::ip::make_address(address, error), port);
  if (error) return listen_error(address, port, error);
  auto acceptor = std::make_shared<Acceptor>(io.get_executor());
  acceptor->open(endpoint.protocol(), error);
  if (!error) acceptor->set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
  if (error) return listen_error(address, port, error);
  return acceptor;
}

Task<void> accept_connections(std::shared_ptr<Hub> hub, std::shared_ptr<Acceptor> acceptor) {
  const auto executor = acceptor->get_executor();
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                             asio::io_context::executor_type>
      pause(executor);
  AcceptWarning warning;
  while (acceptor->is_open()) {
    error_code error;
    Socket socket = co_await acceptor->async_accept(asio::redirect_error(kUseTask, error));
    if (!acceptor->is_open()) break;
    if (error == asio::error::connection_aborted) continue;
    if (error) {  // no descriptor or no memory left: what is there goes on, new ones wait in the backlog
      warning.say(error);
      pause.expires_after(kPauseWithoutDescriptors);
      co_await pause.async_wait(asio::redirect_error(kUseTask, error));
    } else if (!prepare(socket)) {
      continue;
    } else if (hub->sessions.size() >= hub->settings.max_connections) {
      refuse(std::move(socket), *hub);
    } else {
      asio::co_spawn(executor, run_session(hub, std::move(socket)), asio::detached);
    }
  }
}

}  // namespace kiln::http
