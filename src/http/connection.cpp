#include "http/connection.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <utility>

namespace kiln::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// A transfer is alive while each further piece of this size takes less than the request timeout: a slow line passes,
/// one byte a second does not.
constexpr std::size_t kProgressBytes = 64 << 10;
constexpr std::size_t kFilePieceBytes = 256 << 10;
constexpr std::size_t kKeptBufferBytes = 16 << 10;
constexpr auto kLongestLinger = std::chrono::seconds(5);

}  // namespace

void InputBuffer::consume(std::size_t n) {
  begin_ += n;
  if (begin_ == end_) begin_ = end_ = 0;
}

std::span<char> InputBuffer::prepare(std::size_t at_least) {
  if (bytes_.size() - end_ < at_least && begin_ > 0) {
    std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (bytes_.size() - end_ < at_least) bytes_.resize(end_ + at_least);
  return std::span(bytes_).subspan(end_);
}

void InputBuffer::shrink() {
  if (bytes_.size() > kKeptBufferBytes) release();
}

void InputBuffer::release() {
  if (empty()) std::vector<char>().swap(bytes_);
}

void Connection::begin(Phase phase, SteadyDuration timeout) {
  phase_ = phase;
  progress_bytes_ = 0;
  deadline_ = std::chrono::steady_clock::now() + timeout;
}

void Connection::progressed(std::size_t bytes) {
  progress_bytes_ += bytes;
  if (progress_bytes_ >= kProgressBytes) begin(phase_, timeouts_.request);
}

void Connection::check(SteadyTime now) {
  if (phase_ == Phase::none || timed_out_ || now < deadline_) return;
  timed_out_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

void Connection::close() {
  closed_ = true;
  error_code ignored;
  socket_.close(ignored);
}

Task<bool> Connection::fill(std::size_t at_least) {
  if (timed_out_ || closed_) co_return false;
  const std::span<char> room = input.prepare(at_least);
  error_code error;
  const std::size_t n =
      co_await socket_.async_read_some(asio::buffer(room.data(), room.size()), asio::redirect_error(kUseTask, error));
  if (error) co_return false;
  input.commit(n);
  if (phase_ == Phase::transfer) progressed(n);
  co_return true;
}

std::size_t Connection::send_now(std::string_view head, std::string_view body, std::string_view tail) {
  const std::array<asio::const_buffer, 3> parts{asio::buffer(head), asio::buffer(body), asio::buffer(tail)};
  error_code error;
  const std::size_t sent = socket_.write_some(parts, error);
  return error ? 0 : sent;  // would block, or a failure that the next attempt meets again
}

Task<bool> Connection::send(std::string_view head, std::string_view body, std::string_view tail) {
  if (closed_) co_return false;
  std::size_t left = head.size() + body.size() + tail.size();
  std::size_t sent = send_now(head, body, tail);
  if (sent == left) co_return true;
  wait_transfer();
  while (true) {
    left -= sent;
    if (left == 0) co_return true;
    for (std::string_view* part : {&head, &body, &tail}) {
      const std::size_t gone = std::min(sent, part->size());
      part->remove_prefix(gone);
      sent -= gone;
    }
    const std::array<asio::const_buffer, 3> parts{asio::buffer(head), asio::buffer(body), asio::buffer(tail)};
    error_code error;
    sent = co_await socket_.async_write_some(parts, asio::redirect_error(kUseTask, error));
    if (error || timed_out_ || closed_) co_return false;
    progressed(sent);
  }
}

Task<bool> Connection::send_file(const FileBody& file) {
  auto offset = static_cast<off_t>(file.offset);
  std::uint64_t left = file.length;
  wait_transfer();
  while (left > 0) {
    if (timed_out_ || closed_) co_return false;
    const ssize_t n = ::sendfile(socket_.native_handle(), file.fd.get(), &offset,
                                 static_cast<std::size_t>(std::min<std::uint64_t>(left, kFilePieceBytes)));
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) co_return false;
    if (n > 0) {
      left -= static_cast<std::uint64_t>(n);
      progressed(static_cast<std::size_t>(n));
      if (left == 0) break;
    }
    error_code error;  // waiting between two pieces also gives the other connections their turn
    co_await socket_.async_wait(Socket::wait_write, asio::redirect_error(kUseTask, error));
    if (error) co_return false;
  }
  co_return true;
}

void Connection::on_leave(std::function<void()> left) {
  if (!watch_) {
    if (!left) return;
    watch_ = std::make_shared<Watch>();
  }
  watch_->left = std::move(left);
  if (!watch_->left) return;
  input.release();
  if (!watch_->waits_for_bytes) wait_for_bytes(watch_, socket_);
}

/// The socket turns readable when the peer ends its side, and also when it sends the next request. That one is looked
/// at but not taken; what may come behind it is seen when it is read, and only a broken connection before that.
void Connection::wait_for_bytes(const std::shared_ptr<Watch>& watch, Socket& socket) {
  watch->waits_for_bytes = true;
  socket.async_wait(Socket::wait_read, [weak = std::weak_ptr(watch), &socket](const error_code& failed) {
    const auto alive = weak.lock();
    if (!alive) return;
    alive->waits_for_bytes = false;
    if (!alive->left) return;
    char next = 0;
    const ssize_t n = failed ? 0 : ::recv(socket.native_handle(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return wait_for_bytes(alive, socket);
    if (n <= 0) return std::exchange(alive->left, nullptr)();
    if (!alive->waits_for_error) wait_for_error(alive, socket);
  });
}

void Connection::wait_for_error(const std::shared_ptr<Watch>& watch, Socket& socket) {
  watch->waits_for_error = true;
  socket.async_wait(Socket::wait_error, [weak = std::weak_ptr(watch)](const error_code&) {
    const auto alive = weak.lock();
    if (!alive) return;
    alive->waits_for_error = false;
    if (alive->left) std::exchange(alive->left, nullptr)();
  });
}

Task<void> Connection::linger() {
  if (closed_) co_return;
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  timed_out_ = false;
  input = InputBuffer();
  begin(Phase::idle, std::min<SteadyDuration>(timeouts_.request, kLongestLinger));
  bool more = !error;
  while (more) {
    more = co_await fill(kKeptBufferBytes);
    input.consume(input.view().size());
  }
}

}  // namespace kiln::http
