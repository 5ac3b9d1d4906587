#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <memory>

#include "http/hub.h"

namespace kiln::http {

using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

/// Binds and listens. Errors: io_error, naming address and port.
Result<std::shared_ptr<Acceptor>> listen_on(boost::asio::io_context& io, const std::string& address,
                                            std::uint16_t port);

/// Accepts until the acceptor is closed, and starts a session for each connection.
Task<void> accept_connections(std::shared_ptr<Hub> hub, std::shared_ptr<Acceptor> acceptor);

}  // namespace kiln::http
