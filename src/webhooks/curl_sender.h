#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "webhooks/address_policy.h"
#include "webhooks/sender.h"

namespace kiln::webhooks {

struct CurlSenderOptions {
  double connect_timeout_s = 10;             ///< resolving the name, connecting and the TLS handshake
  double timeout_s = 20;                     ///< of the whole exchange
  std::size_t most_answer_bytes = 64 << 10;  ///< of a body, which nobody reads; the exchange ends there
  std::filesystem::path ca_file = {};        ///< PEM; trusted beside the system's authorities. Empty: none
  std::string user_agent = "Kiln";
};

/// Sends with libcurl, on a thread of its own that drives all exchanges at once. Only http and https; certificates and
/// host names are verified; no redirect is followed, no proxy used. The policy is asked about the very address that a
/// connection is about to be made to.
class CurlSender final : public Sender {
 public:
  /// Answers are posted to `strand`. Throws std::runtime_error when libcurl does not start.
  CurlSender(boost::asio::any_io_executor strand, AddressPolicy policy, CurlSenderOptions options = {});
  ~CurlSender() override;  ///< drops what is under way
  CurlSender(const CurlSender&) = delete;
  CurlSender& operator=(const CurlSender&) = delete;

  void send(Message message, std::function<void(Outcome)> done) override;
  void abort() override;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace kiln::webhooks
