#include "webhooks/curl_transfer.h"

#include <cmath>
#include <netinet/in.h>
#include <new>
#include <optional>
#include <sys/socket.h>
#include <utility>

namespace kiln::webhooks {
namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t kMostHeaderBytes = 64 << 10;

long milliseconds(double seconds) { return std::lround(seconds * 1000); }

/// Nothing for what is no internet address.
std::optional<ip::address> address_in(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    return ip::address_v4(ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr));
  }
  if (address.sa_family != AF_INET6) return std::nullopt;
  ip::address_v6::bytes_type bytes;
  const in6_addr& raw = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  std::copy(std::begin(raw.s6_addr), std::end(raw.s6_addr), bytes.begin());
  return ip::address_v6(bytes);
}

}  // namespace

CurlTransfer::CurlTransfer(Message message, std::function<void(Outcome)> done, const AddressPolicy& policy,
                           const CurlSenderOptions& options)
    : message_(std::move(message)),
      done_(std::move(done)),
      policy_(policy),
      options_(options),
      handle_(curl_easy_init(), curl_easy_cleanup) {
  if (!handle_) throw std::bad_alloc();
  // Without the empty Expect curl would ask before it sends a body of some size, and wait a second for the answer.
  std::vector<std::string> lines{"Content-Type: application/json", "Expect:"};
  lines.insert(lines.end(), message_.headers.begin(), message_.headers.end());
  for (const std::string& line : lines) {
    curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(headers_.release());
    headers_.reset(longer);
  }
  set_options();
}

/// All of these options exist since 7.87 at the latest and take any value; what a build of curl cannot do (no TLS, say)
/// shows in the outcome.
void CurlTransfer::set_options() {
  CURL* h = handle_.get();
  curl_easy_setopt(h, CURLOPT_URL, message_.url.c_str());
  curl_easy_setopt(h, CURLOPT_ERRORBUFFER, error_.data());
  curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
  // A name server that hangs holds a thread of the resolver's; curl would wait for it, and everybody with it.
  curl_easy_setopt(h, CURLOPT_QUICK_EXIT, 1L);

  curl_easy_setopt(h, CURLOPT_POST, 1L);
  curl_easy_setopt(h, CURLOPT_POSTFIELDS, message_.body.c_str());
  curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(message_.body.size()));
  curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers_.get());
  curl_easy_setopt(h, CURLOPT_USERAGENT, options_.user_agent.c_str());
  curl_easy_setopt(h, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));

  curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(h, CURLOPT_PROXY, "");  // none, whatever the environment says
  curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options_.ca_file.empty()) curl_easy_setopt(h, CURLOPT_CAINFO, options_.ca_file.c_str());
  curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, this);

  curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options_.connect_timeout_s));
  curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, milliseconds(options_.timeout_s));
  curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(h, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(h, CURLOPT_WRITEDATA, this);
}

curl_socket_t CurlTransfer::open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const auto target = address_in(address->addr);
  if (!target || !transfer.policy_.allows(*target)) {
    transfer.refused_ = target ? target->to_string() : "no internet address";
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t CurlTransfer::take_header(char*, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  transfer.header_bytes_ += size * count;
  return transfer.header_bytes_ <= kMostHeaderBytes ? size * count : CURL_WRITEFUNC_ERROR;
}

std::size_t CurlTransfer::take_body(char*, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  transfer.body_bytes_ += size * count;
  transfer.body_is_too_long_ = transfer.body_bytes_ > transfer.options_.most_answer_bytes;
  return transfer.body_is_too_long_ ? CURL_WRITEFUNC_ERROR : size * count;
}

/// A body that is cut off for its length takes nothing from the status before it.
Outcome CurlTransfer::outcome(CURLcode code) const {
  Outcome outcome;
  const bool answered = code == CURLE_OK || (code == CURLE_WRITE_ERROR && body_is_too_long_);
  if (!answered) {
    outcome.error = error_[0] != '\0' ? error_.data() : curl_easy_strerror(code);
    if (code == CURLE_COULDNT_CONNECT && !refused_.empty()) {
      outcome.error = refused_ + " is an address that this server does not call (--webhook-allow)";
    }
    return outcome;
  }
  long status = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  outcome.status = static_cast<std::uint32_t>(status);
  curl_off_t retry_after_s = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RETRY_AFTER, &retry_after_s);
  if (retry_after_s > 0) outcome.retry_after_s = static_cast<double>(retry_after_s);
  return outcome;
}

}  // namespace kiln::webhooks
