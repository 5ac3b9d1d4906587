#include "http/connection.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>
#include <sys/sendfile.h>

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
  if (empty() && bytes_.size() > kKeptBufferBytes) std::vector<char>().swap(bytes_);
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

std::size_t Connection::send_now(std::string_view head, std::string_view body) {
  const std::array<asio::const_buffer, 2> parts{asio::buffer(head), asio::buffer(body)};
  error_code error;
  const std::size_t sent = socket_.write_some(parts, error);
  return error ? 0 : sent;  // would block, or a failure that the next attempt meets again
}

Task<bool> Connection::send(std::string_view head, std::string_view body) {
  if (closed_) co_return false;
  std::size_t sent = send_now(head, body);
  if (sent == head.size() + body.size()) co_return true;
  wait_transfer();
  while (sent < head.size() + body.size()) {
    const std::string_view head_left = head.substr(std::min(sent, head.size()));
    const std::string_view body_left = body.substr(sent - std::min(sent, head.size()));
    const std::array<asio::const_buffer, 2> parts{asio::buffer(head_left), asio::buffer(body_left)};
    error_code error;
    const std::size_t n = co_await socket_.async_write_some(parts, asio::redirect_error(kUseTask, error));
    if (error || timed_out_ || closed_) co_return false;
    sent += n;
    progressed(n);
  }
  co_return true;
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
