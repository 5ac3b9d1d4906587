#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "client/client_error.h"

namespace kiln::client {

struct ReplyHead {
  unsigned status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case

  std::string header(const std::string& name) const;  ///< empty where there is none
};

/// One request. Paths and bodies are the caller's; a file is read while it is sent.
struct Exchange {
  std::string method = "GET";  ///< GET or POST
  std::string url;
  std::vector<std::string> headers = {};  ///< "Name: value"
  std::string body = {};
  std::filesystem::path body_file = {};         ///< instead of body; empty: none
  double silence_s = 60;                        ///< give up when no byte went either way for so long
  std::function<void(double share)> sent = {};  ///< of body_file, from 0 to 1
};

/// Takes the pieces of a good (2xx) body. false: no more is wanted, which ends the exchange well.
using BodySink = std::function<Answer<bool>(const ReplyHead&, std::string_view)>;

/// HTTP over libcurl; connections are kept from one exchange to the next. One thread; it blocks, but a stop from any
/// thread ends it at once.
class CurlExchange {
 public:
  /// `certificates`: a PEM file of authorities to trust instead of the system's; empty: those.
  CurlExchange(bool ask_no_proxy, const std::filesystem::path& certificates);
  ~CurlExchange();
  CurlExchange(CurlExchange&&) noexcept;

  /// Errors: unreachable, timed_out, interrupted, what the sink says, local ones of the file; refused for any status
  /// that is not 2xx.
  Answer<ReplyHead> run(const Exchange& exchange, const BodySink& sink, const std::stop_token& stop);

 private:
  struct Handles;
  std::unique_ptr<Handles> handles_;
};

}  // namespace kiln::client
