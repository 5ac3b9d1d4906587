#include "tests/api/client.h"

#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace kiln::api_test {
namespace {

constexpr int kHangGuard_s = 60;

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

Client::Client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval guard{kHangGuard_s, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &guard, sizeof guard);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &guard, sizeof guard);
  const int one = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error(std::string("cannot connect: ") + std::strerror(errno));
  }
}

Client::~Client() {
  if (fd_ >= 0) ::close(fd_);
}

Client::Client(Client&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), received_(std::move(other.received_)), watch_(std::move(other.watch_)) {}

bool Client::send(std::string_view bytes) {
  watch_.sent(bytes);
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool Client::receive_more() {
  std::array<char, 16384> buffer;
  const ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) throw std::runtime_error("the server does not answer");
  if (n <= 0) return false;
  received_.append(buffer.data(), static_cast<std::size_t>(n));
  return true;
}

Reply Client::receive_head() {
  const Reply reply = read_head();
  watch_.received(reply, true);
  return reply;
}

Reply Client::read_head() {
  std::size_t end;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!receive_more()) return {};
  }
  Reply reply;
  reply.status = std::stoi(received_.substr(9, 3));
  for (std::size_t at = received_.find("\r\n") + 2; at < end + 2;) {
    const std::size_t line_end = received_.find("\r\n", at), colon = received_.find(": ", at);
    reply.headers[lower(received_.substr(at, colon - at))] = received_.substr(colon + 2, line_end - colon - 2);
    at = line_end + 2;
  }
  received_.erase(0, end + 4);
  return reply;
}

std::optional<std::string> Client::receive_chunk() {
  std::size_t end;
  while ((end = received_.find("\r\n")) == std::string::npos) {
    if (!receive_more()) return std::nullopt;
  }
  const std::size_t size = std::stoul(received_.substr(0, end), nullptr, 16);
  while (received_.size() < end + 2 + size + 2) {
    if (!receive_more()) return std::nullopt;
  }
  std::string chunk = received_.substr(end + 2, size);
  received_.erase(0, end + 2 + size + 2);
  return chunk;
}

std::string Client::receive_all() {
  while (receive_more()) {
  }
  return std::exchange(received_, {});
}

Reply Client::receive(bool head) {
  const Reply reply = receive_answer(head);
  watch_.received(reply, head);
  return reply;
}

Reply Client::receive_answer(bool head) {
  Reply reply = read_head();
  if (!head && reply.header("transfer-encoding") == "chunked") {
    while (true) {
      const auto chunk = receive_chunk();
      if (!chunk) return {};
      if (chunk->empty()) return reply;
      reply.body += *chunk;
    }
  }
  if (head || reply.headers.count("content-length") == 0) return reply;
  const std::size_t length = std::stoul(reply.headers["content-length"]);
  while (received_.size() < length) {
    if (!receive_more()) return {};
  }
  reply.body = received_.substr(0, length);
  received_.erase(0, length);
  return reply;
}

Reply Client::request(const std::string& method, const std::string& target, const std::string& headers,
                      const std::string& body) {
  std::string text = method + " " + target + " HTTP/1.1\r\nHost: test\r\n" + headers;
  if (!body.empty() || method == "POST") text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  send(text + "\r\n" + body);
  return receive(method == "HEAD");
}

Reply Client::get(const std::string& target, const std::string& headers) { return request("GET", target, headers); }

Reply Client::post(const std::string& target, const std::string& type, const std::string& body) {
  return request("POST", target, type.empty() ? "" : "Content-Type: " + type + "\r\n", body);
}

bool Client::ended() { return received_.empty() && !receive_more(); }

void Client::end_sending() { ::shutdown(fd_, SHUT_WR); }

void Client::leave() {
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(std::exchange(fd_, -1));
}

}  // namespace kiln::api_test
