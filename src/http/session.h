#pragma once

#include <memory>
#include <string>

#include "http/connection.h"
#include "http/hub.h"
#include "http/problem.h"
#include "http/request_parser.h"
#include "http/response_head.h"

namespace kiln::http {

/// Serves the requests of one connection, one after another, until either side ends it.
class Session final : private BodySource {
 public:
  Session(std::shared_ptr<Hub> hub, Socket socket);
  ~Session() override;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Task<void> run();

  void check(SteadyTime now) { connection_.check(now); }
  void close() { connection_.close(); }
  void close_if_idle() {
    if (connection_.idle()) connection_.close();
  }

 private:
  Task<bool> serve_one();
  Task<bool> read_header();
  const TransportProblem* header_problem();
  Task<Response> answer();
  Task<bool> send(Response response);
  Task<bool> send_stream(BodyStream& stream);
  Task<bool> send_pieces(BodyStream& stream);
  Task<bool> discard_body();
  Task<Result<std::span<const std::byte>>> read() override;
  Task<bool> ask_for_body();
  Error body_error(const TransportProblem* problem);
  bool body_worth_discarding() const;
  ConnectionHeader connection_header(bool keep) const;
  void note(const Response& response);

  std::shared_ptr<Hub> hub_;
  Connection connection_;
  RequestParser parser_;
  Request request_;
  std::string head_;                           ///< of the response; used again
  const TransportProblem* problem_ = nullptr;  ///< ends the connection with this answer
  std::size_t route_index_ = Router::kNoRoute;
  std::size_t piece_bytes_ = 0;  ///< of the input that the last piece of the body lies in
  std::uint64_t body_bytes_ = 0;
  SteadyTime started_{};
  unsigned served_in_a_row_ = 0;  ///< without waiting for the peer
  bool awaits_continue_ = false;  ///< the client holds its body back until we ask
  bool body_failed_ = false;
  bool linger_ = false;
  bool served_ = false;  ///< at least one request
};

}  // namespace kiln::http
