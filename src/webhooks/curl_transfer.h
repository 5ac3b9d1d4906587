#pragma once

#include <array>
#include <cstddef>
#include <curl/curl.h>
#include <functional>
#include <memory>
#include <string>

#include "webhooks/address_policy.h"
#include "webhooks/curl_sender.h"
#include "webhooks/sender.h"

namespace kiln::webhooks {

/// One exchange and its easy handle. Used on the sender's thread.
class CurlTransfer {
 public:
  /// `policy` and `options` outlive it. Throws std::bad_alloc.
  CurlTransfer(Message message, std::function<void(Outcome)> done, const AddressPolicy& policy,
               const CurlSenderOptions& options);
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  CURL* handle() const { return handle_.get(); }

  /// What became of it, once curl has ended it with `code`.
  Outcome outcome(CURLcode code) const;

  std::function<void(Outcome)> take_done() { return std::move(done_); }

 private:
  static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* self);

  void set_options();

  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  const Message message_;
  std::function<void(Outcome)> done_;
  const AddressPolicy& policy_;
  const CurlSenderOptions& options_;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle_;
  std::unique_ptr<curl_slist, FreeList> headers_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::string refused_;  ///< the last address that the policy refused
  std::size_t header_bytes_ = 0, body_bytes_ = 0;
  bool body_is_too_long_ = false;
};

}  // namespace kiln::webhooks
