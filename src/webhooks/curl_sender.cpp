#include "webhooks/curl_sender.h"

#include <boost/asio/post.hpp>
#include <curl/curl.h>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "webhooks/curl_transfer.h"

namespace kiln::webhooks {
namespace {

constexpr int kLongestSleep_ms = 60'000;  // curl_multi_wakeup ends it, and so does whatever curl waits for
constexpr long kKeptConnections = 64;

void start_curl() {
  static const CURLcode kStarted = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (kStarted != CURLE_OK) throw std::runtime_error(std::string("libcurl: ") + curl_easy_strerror(kStarted));
}

struct Job {
  Message message;
  std::function<void(Outcome)> done;
};

}  // namespace

class CurlSender::Loop {
 public:
  Loop(boost::asio::any_io_executor strand, AddressPolicy policy, CurlSenderOptions options)
      : strand_(std::move(strand)), policy_(std::move(policy)), options_(std::move(options)) {
    start_curl();
    multi_.reset(curl_multi_init());
    if (!multi_) throw std::runtime_error("libcurl gives no handle");
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, kKeptConnections);
    thread_ = std::thread([this] { run(); });
  }

  ~Loop() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    curl_multi_wakeup(multi_.get());
    thread_.join();
  }

  void send(Job job) {
    {
      const std::lock_guard lock(mutex_);
      given_.push_back(std::move(job));
    }
    curl_multi_wakeup(multi_.get());
  }

  void abort() {
    {
      const std::lock_guard lock(mutex_);
      aborted_ = true;
    }
    curl_multi_wakeup(multi_.get());
  }

 private:
  void run() {
    while (take_given()) {
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      finish_ended();
      curl_multi_poll(multi_.get(), nullptr, 0, kLongestSleep_ms, nullptr);
    }
    for (const auto& [handle, transfer] : transfers_) curl_multi_remove_handle(multi_.get(), handle);
    transfers_.clear();
  }

  /// False: the thread is to end.
  bool take_given() {
    std::vector<Job> given;
    bool aborted = false;
    {
      const std::lock_guard lock(mutex_);
      if (ending_) return false;
      given = std::exchange(given_, {});
      aborted = aborted_;
    }
    for (Job& job : given) begin(std::move(job));
    if (aborted) abort_all();
    return true;
  }

  void begin(Job job) {
    auto transfer = std::make_unique<CurlTransfer>(std::move(job.message), std::move(job.done), policy_, options_);
    CURL* handle = transfer->handle();
    const CURLMcode added = curl_multi_add_handle(multi_.get(), handle);
    if (added != CURLM_OK) return answer(*transfer, {0, curl_multi_strerror(added), {}, false});
    transfers_.emplace(handle, std::move(transfer));
  }

  void finish_ended() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;  // the message ends with its handle
      const auto at = transfers_.find(message->easy_handle);
      answer(*at->second, at->second->outcome(code));
      curl_multi_remove_handle(multi_.get(), at->first);
      transfers_.erase(at);
    }
  }

  void abort_all() {
    for (const auto& [handle, transfer] : transfers_) {
      curl_multi_remove_handle(multi_.get(), handle);
      answer(*transfer, {0, "the server is shutting down", {}, true});
    }
    transfers_.clear();
  }

  void answer(CurlTransfer& transfer, Outcome outcome) {
    boost::asio::post(strand_, [done = transfer.take_done(), outcome = std::move(outcome)] { done(outcome); });
  }

  const boost::asio::any_io_executor strand_;
  const AddressPolicy policy_;
  const CurlSenderOptions options_;
  std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi_{nullptr, curl_multi_cleanup};
  std::map<CURL*, std::unique_ptr<CurlTransfer>> transfers_;

  std::mutex mutex_;  ///< of the next three
  std::vector<Job> given_;
  bool aborted_ = false, ending_ = false;

  std::thread thread_;  ///< last: it uses all of the above
};

CurlSender::CurlSender(boost::asio::any_io_executor strand, AddressPolicy policy, CurlSenderOptions options)
    : loop_(std::make_unique<Loop>(std::move(strand), std::move(policy), std::move(options))) {}

CurlSender::~CurlSender() = default;

void CurlSender::send(Message message, std::function<void(Outcome)> done) {
  loop_->send({std::move(message), std::move(done)});
}

void CurlSender::abort() { loop_->abort(); }

}  // namespace kiln::webhooks
