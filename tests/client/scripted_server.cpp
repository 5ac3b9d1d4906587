#include "scripted_server.h"

#include <array>
#include <cstdint>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace kiln::client {
namespace {

/// Header and body of one request, the latter by its Content-Length.
std::string read_request(int fd) {
  std::string text;
  std::array<char, 65536> buffer{};
  while (true) {
    const std::size_t end = text.find("\r\n\r\n");
    if (end != std::string::npos) {
      const std::size_t at = text.find("Content-Length: ");
      const std::size_t length = at < end ? std::stoul(text.substr(at + 16)) : 0;
      if (text.size() >= end + 4 + length) return text;
    }
    const ssize_t n = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (n <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

}  // namespace

ScriptedServer::ScriptedServer(std::vector<std::string> answers) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(listener_, generic, size), 0);
  EXPECT_EQ(::listen(listener_, 16), 0);
  EXPECT_EQ(::getsockname(listener_, generic, &size), 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this, all = std::move(answers)] { serve(all); });
}

ScriptedServer::~ScriptedServer() {
  if (thread_.joinable()) thread_.join();
  ::close(listener_);
}

const std::vector<std::string>& ScriptedServer::requests() {
  if (thread_.joinable()) thread_.join();
  return requests_;
}

void ScriptedServer::serve(const std::vector<std::string>& answers) {
  for (const std::string& text : answers) {
    const int fd = ::accept(listener_, nullptr, nullptr);
    requests_.push_back(read_request(fd));
    ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    ::close(fd);
  }
}

std::string answer(const std::string& status, const std::string& body, const std::string& headers) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n" +
         headers + "\r\n" + body;
}

std::string event_stream(const std::string& events) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + events;
}

}  // namespace kiln::client
