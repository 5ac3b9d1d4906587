#include "client/curl_exchange.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <curl/curl.h>
#include <exception>
#include <optional>
#include <span>
#include <sys/stat.h>

#include "base/files.h"
#include "client/problem.h"

namespace kiln::client {
namespace {

constexpr std::size_t kMaxProblemBytes = 1 << 20;
constexpr long kConnectTimeout_s = 10;

using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

/// What one exchange has come to; the callbacks write it.
struct Progress {
  const Exchange& exchange;
  const BodySink& sink;
  ReplyHead head = {};
  std::string problem = {};  ///< the body of an answer that is not 2xx
  FileDescriptor file = {};
  std::uint64_t file_bytes = 0, sent_bytes = 0;
  bool enough = false;  ///< the sink wants no more
  std::optional<ClientError> failure = std::nullopt;
  std::exception_ptr thrown = {};

  bool is_good() const { return head.status >= 200 && head.status < 300; }
};

/// Nothing may be thrown through libcurl.
template <class Work>
std::size_t guarded(Progress& progress, std::size_t on_failure, Work work) {
  try {
    return work();
  } catch (...) {
    progress.thrown = std::current_exception();
    return on_failure;
  }
}

void take_header_line(ReplyHead& head, std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) head.headers.clear();  // one more answer: after "100 Continue"
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  line.remove_prefix(std::min(line.find_first_not_of(" \t", colon + 1), line.size()));
  head.headers[name] = line;
}

std::size_t on_header(char* bytes, std::size_t, std::size_t n, void* self) {
  auto& progress = *static_cast<Progress*>(self);
  return guarded(progress, 0, [&] {
    take_header_line(progress.head, {bytes, n});
    return n;
  });
}

struct Body {
  CURL* easy;
  Progress& progress;
};

std::size_t on_body(char* bytes, std::size_t, std::size_t n, void* self) {
  auto& [easy, progress] = *static_cast<Body*>(self);
  return guarded(progress, 0, [&, curl = easy, &p = progress]() -> std::size_t {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    p.head.status = static_cast<unsigned>(status);
    if (!p.is_good()) {
      p.problem.append(bytes, std::min(n, kMaxProblemBytes - p.problem.size()));
      return n;
    }
    const Answer<bool> more = p.sink(p.head, {bytes, n});
    if (!more) p.failure = more.error();
    p.enough = more && !*more;
    return more && *more ? n : 0;
  });
}

std::size_t on_read(char* bytes, std::size_t size, std::size_t n, void* self) {
  auto& progress = *static_cast<Progress*>(self);
  return guarded(progress, CURL_READFUNC_ABORT, [&]() -> std::size_t {
    const auto room = std::as_writable_bytes(std::span(bytes, size * n));
    const auto got = read_at(progress.file.get(), room, progress.sent_bytes, progress.exchange.body_file);
    if (!got) {
      progress.failure = local_error(got.error());
      return CURL_READFUNC_ABORT;
    }
    progress.sent_bytes += *got;
    if (progress.exchange.sent && progress.file_bytes > 0) {
      progress.exchange.sent(static_cast<double>(progress.sent_bytes) / static_cast<double>(progress.file_bytes));
    }
    return *got;
  });
}

int on_seek(void* self, curl_off_t offset, int origin) {
  if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Progress*>(self)->sent_bytes = static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

Answer<void> open_body(Progress& progress) {
  const auto& file = progress.exchange.body_file;
  auto fd = open_file(file);
  if (!fd) return local_error(fd.error());
  struct stat info {};
  if (::fstat(fd->get(), &info) != 0) return local_error(file_error("cannot read", file, errno));
  progress.file = std::move(*fd);
  progress.file_bytes = static_cast<std::uint64_t>(info.st_size);
  return {};
}

void set_body(CURL* easy, Progress& progress) {
  const Exchange& exchange = progress.exchange;
  if (exchange.method != "POST") return;
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  if (exchange.body_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, exchange.body.c_str());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(exchange.body.size()));
    return;
  }
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(progress.file_bytes));
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
  curl_easy_setopt(easy, CURLOPT_READDATA, &progress);
  curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
  curl_easy_setopt(easy, CURLOPT_SEEKDATA, &progress);
}

Headers headers_of(const Exchange& exchange) {
  curl_slist* list = nullptr;
  for (const std::string& header : exchange.headers) list = curl_slist_append(list, header.c_str());
  // A large upload waits for "100 Continue", so that a refused one costs nothing; a few bytes are not worth it.
  if (exchange.body_file.empty()) list = curl_slist_append(list, "Expect:");
  return {list, &curl_slist_free_all};
}

ClientError trouble_of(CURLcode code, const char* words) {
  const std::string reason = *words != '\0' ? words : curl_easy_strerror(code);
  if (code == CURLE_OPERATION_TIMEDOUT) return {Trouble::timed_out, "server_timeout", reason};
  return {Trouble::unreachable, "server_unreachable", reason};
}

}  // namespace

std::string ReplyHead::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

struct CurlExchange::Handles {
  CURLM* multi = curl_multi_init();
  CURL* easy = curl_easy_init();
  bool ask_no_proxy = false;
  std::string certificates;

  Handles() = default;
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;
  ~Handles() {
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
  }

  void prepare(const Exchange& exchange) const {
    curl_easy_reset(easy);  // connections stay
    curl_easy_setopt(easy, CURLOPT_URL, exchange.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "kiln");
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, kConnectTimeout_s);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, std::max(1L, static_cast<long>(exchange.silence_s)));
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    if (ask_no_proxy) curl_easy_setopt(easy, CURLOPT_PROXY, "");
    if (!certificates.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, certificates.c_str());
  }

  /// Until the exchange is over or the stop comes; nothing for the latter.
  std::optional<CURLcode> drive(const std::stop_token& stop) const {
    const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi); });
    while (!stop.stop_requested()) {
      int running = 0, left = 0;
      if (curl_multi_perform(multi, &running) != CURLM_OK) return CURLE_OUT_OF_MEMORY;
      if (const CURLMsg* message = curl_multi_info_read(multi, &left)) return message->data.result;
      curl_multi_poll(multi, nullptr, 0, 60'000, nullptr);
    }
    return std::nullopt;
  }
};

CurlExchange::CurlExchange(bool ask_no_proxy, const std::filesystem::path& certificates)
    : handles_(std::make_unique<Handles>()) {
  handles_->ask_no_proxy = ask_no_proxy;
  handles_->certificates = certificates.string();
}

CurlExchange::~CurlExchange() = default;
CurlExchange::CurlExchange(CurlExchange&&) noexcept = default;

Answer<ReplyHead> CurlExchange::run(const Exchange& exchange, const BodySink& sink, const std::stop_token& stop) {
  Progress progress{exchange, sink};
  if (!exchange.body_file.empty()) {
    if (const auto opened = open_body(progress); !opened) return opened.error();
  }
  CURL* easy = handles_->easy;
  handles_->prepare(exchange);
  set_body(easy, progress);
  const Headers headers = headers_of(exchange);
  Body body{easy, progress};
  std::array<char, CURL_ERROR_SIZE> words{};
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &progress);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &body);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, words.data());
  curl_multi_add_handle(handles_->multi, easy);
  const std::optional<CURLcode> code = handles_->drive(stop);
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl_multi_remove_handle(handles_->multi, easy);

  if (progress.thrown) std::rethrow_exception(progress.thrown);
  if (progress.failure) return *progress.failure;
  if (!code) return ClientError{Trouble::interrupted, "interrupted", "it was interrupted"};
  if (*code != CURLE_OK && !progress.enough) return trouble_of(*code, words.data());
  progress.head.status = static_cast<unsigned>(status);
  if (!progress.is_good()) return refusal_of(progress.head, progress.problem);
  return std::move(progress.head);
}

}  // namespace kiln::client
