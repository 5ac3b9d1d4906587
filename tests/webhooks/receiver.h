#pragma once

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace kiln::webhooks::test {

/// A receiver on a free port of 127.0.0.1 that answers each connection's one request with a fixed text, on a thread of
/// its own. An empty answer: it says nothing until the peer leaves.
class Receiver {
 public:
  explicit Receiver(std::string answer) : answer_(std::move(answer)), thread_([this] { run(); }) {}

  ~Receiver() {
    boost::system::error_code ignored;
    boost::asio::ip::tcp::socket last(io_);
    ending_ = true;
    last.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }
  std::string url(const std::string& host = "127.0.0.1") const { return "http://" + host + ":" + port() + "/hook?a=b"; }

  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void run() {
    while (!ending_) {
      boost::system::error_code failed;
      boost::asio::ip::tcp::socket peer(io_);
      acceptor_.accept(peer, failed);
      if (failed || ending_) continue;
      serve(peer);
    }
  }

  void serve(boost::asio::ip::tcp::socket& peer) {
    boost::system::error_code failed;
    std::string text;
    boost::asio::read_until(peer, boost::asio::dynamic_buffer(text), "\"end\"}", failed);
    if (!failed) {
      const std::lock_guard lock(mutex_);
      requests_.push_back(text);
    }
    if (!answer_.empty()) boost::asio::write(peer, boost::asio::buffer(answer_), failed);
    if (!answer_.empty()) return;
    std::array<char, 64> rest{};
    while (!failed) peer.read_some(boost::asio::buffer(rest), failed);
  }

  const std::string answer_;
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_{io_, {boost::asio::ip::make_address("127.0.0.1"), 0}};
  std::atomic<bool> ending_{false};
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace kiln::webhooks::test
