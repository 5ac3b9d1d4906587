#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "http/task.h"

namespace kiln::http {

using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;
using SteadyTime = std::chrono::steady_clock::time_point;
using SteadyDuration = std::chrono::steady_clock::duration;

/// Bytes that have arrived and are not used yet; contiguous.
class InputBuffer {
 public:
  std::string_view view() const { return {bytes_.data() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  void consume(std::size_t n);
  std::span<char> prepare(std::size_t at_least);  ///< room behind what is there; moves the bytes
  void commit(std::size_t n) { end_ += n; }
  void shrink();   ///< gives memory back when it is empty and large
  void release();  ///< gives all memory back when it is empty

 private:
  std::vector<char> bytes_;
  std::size_t begin_ = 0, end_ = 0;
};

struct Timeouts {
  SteadyDuration request, idle;
};

/// A socket, its input, and how long its peer may take. There is no timer here: the server's periodic sweep calls
/// check(), which ends a wait that has lasted too long.
class Connection final : public Peer {
 public:
  Connection(Socket socket, const Timeouts& timeouts) : socket_(std::move(socket)), timeouts_(timeouts) {}

  /// What the peer is expected to do next; each begins a new deadline.
  void wait_idle() { begin(Phase::idle, timeouts_.idle); }
  void wait_header() { begin(Phase::transfer, timeouts_.request); }
  void wait_transfer() { begin(Phase::transfer, timeouts_.request); }
  void wait_nothing() { phase_ = Phase::none; }

  /// Reads some bytes more into `input`. False: the peer has gone or took too long (then timed_out()).
  Task<bool> fill(std::size_t at_least);

  /// Sends the parts, in one system call where the socket takes them. False as above.
  Task<bool> send(std::string_view head, std::string_view body, std::string_view tail = {});

  /// Sends the file's bytes without copying them through this process. False as above, or when the file ended early.
  Task<bool> send_file(const FileBody& file);

  /// Ends the sending side and discards what still comes for a while, so that the peer can read the last answer before
  /// a reset (RFC 9112, 9.6).
  Task<void> linger();

  /// A peer that ends its sending side counts as gone, as it usually is.
  void on_leave(std::function<void()> left) override;

  void check(SteadyTime now);  ///< from the sweep
  void close();                ///< ends every wait
  bool idle() const { return phase_ == Phase::idle; }
  bool timed_out() const { return timed_out_; }

  InputBuffer input;

 private:
  enum class Phase { none, idle, transfer };

  void begin(Phase phase, SteadyDuration timeout);
  void progressed(std::size_t bytes);
  std::size_t send_now(std::string_view head, std::string_view body, std::string_view tail);

  /// What the handler of the socket's readiness finds, also when the connection is gone.
  struct Watch {
    std::function<void()> left;                             ///< empty: nobody wants to know
    bool waits_for_bytes = false, waits_for_error = false;  ///< the socket has a handler for it, maybe an older one
  };
  static void wait_for_bytes(const std::shared_ptr<Watch>& watch, Socket& socket);
  static void wait_for_error(const std::shared_ptr<Watch>& watch, Socket& socket);

  Socket socket_;
  const Timeouts& timeouts_;
  SteadyTime deadline_{};
  std::size_t progress_bytes_ = 0;
  Phase phase_ = Phase::none;
  bool timed_out_ = false, closed_ = false;
  std::shared_ptr<Watch> watch_;  ///< made when first needed
};

}  // namespace kiln::http
