#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "tests/api/contract_watch.h"

namespace kiln::api_test {

struct Reply {
  int status = 0;                              ///< 0: the connection ended before a whole answer came
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;

  /// Empty when there is none.
  std::string header(const std::string& name) const { return headers.count(name) ? headers.at(name) : ""; }
  nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
  std::string code() const { return json().is_object() ? json().value("code", "") : ""; }
  std::string pointer() const { return json().is_object() ? json().value("pointer", "") : ""; }
};

/// One connection to 127.0.0.1, blocking, with nothing hidden: tests send the bytes that they mean. Each answer is held
/// against the contract.
class Client {
 public:
  explicit Client(std::uint16_t port);
  ~Client();
  Client(Client&& other) noexcept;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// False when the other side does not take it any more.
  bool send(std::string_view bytes);

  /// The next answer; `head`: one that has no body whatever its length says.
  Reply receive(bool head = false);

  /// The header section of the next answer; its body stays to be read with receive_chunk().
  Reply receive_head();

  /// The next piece of a body that comes in chunks; empty after the last one. Nothing: the connection ended before
  /// that.
  std::optional<std::string> receive_chunk();

  /// Everything until the other side closes.
  std::string receive_all();

  Reply get(const std::string& target, const std::string& headers = "");
  Reply post(const std::string& target, const std::string& type, const std::string& body);
  Reply request(const std::string& method, const std::string& target, const std::string& headers = "",
                const std::string& body = "");

  bool ended();        ///< waits until the other side has closed; false when bytes come instead
  void end_sending();  ///< half a close: the other side reads the end
  void leave();        ///< closes with a reset, as a client that dies

 private:
  bool receive_more();
  Reply read_head();
  Reply receive_answer(bool head);

  int fd_ = -1;
  std::string received_;
  ContractWatch watch_;
};

}  // namespace kiln::api_test
