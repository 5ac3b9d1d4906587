#pragma once

#include <string>
#include <thread>
#include <vector>

namespace kiln::client {

/// A server that gives each connection one answer of a list, whatever it asks, and closes it.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<std::string> answers);
  ~ScriptedServer();  ///< waits until all answers were fetched

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  /// What came, one string for each connection. Joins the server: call it once all answers were fetched.
  const std::vector<std::string>& requests();

 private:
  void serve(const std::vector<std::string>& answers);

  int listener_ = -1;
  int port_ = 0;
  std::vector<std::string> requests_;
  std::thread thread_;
};

/// A whole answer with its length.
std::string answer(const std::string& status, const std::string& body, const std::string& headers = "");

/// The start of an answer that has no end but the connection's.
std::string event_stream(const std::string& events);

}  // namespace kiln::client
