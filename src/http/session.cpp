#include "http/session.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <exception>
#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>
#include <utility>

#include "http/origin.h"
#include "http/target.h"

namespace kiln::http {
namespace {

constexpr std::size_t kHeaderReadBytes = 8 << 10;
constexpr std::size_t kBodyReadBytes = 64 << 10;
constexpr std::uint64_t kDiscardedBodyBytes = 64 << 10;  ///< more than this and a new connection is cheaper
constexpr unsigned kServedInARow = 16;                   ///< then other connections get their turn
constexpr double kSlowRequest_s = 1.0;

constexpr TransportProblem kBodyTooLarge{413, "payload_too_large", "the body is larger than this server takes"};

bool equals_lower(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() && std::equal(text.begin(), text.end(), lower.begin(), [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + ('a' - 'A')) : a) == b;
         });
}

}  // namespace

Session::Session(std::shared_ptr<Hub> hub, Socket socket)
    : hub_(std::move(hub)), connection_(std::move(socket), hub_->timeouts) {
  hub_->joined(this);
}

Session::~Session() { hub_->left(this); }

Task<void> Session::run() {
  // g++ 12 lays out a wrong frame for some coroutines with co_await in a condition: here results get a name first.
  bool more = true;
  while (more) more = co_await serve_one();
  if (linger_) co_await connection_.linger();
}

Task<bool> Session::serve_one() {
  const bool has_request = co_await read_header();
  if (!has_request) {
    if (problem_ == nullptr || hub_->closed) co_return false;
    linger_ = true;
    started_ = std::chrono::steady_clock::now();
    request_.keep_alive = false;
    co_await send(problem_response(*problem_));
    co_return false;
  }
  served_ = true;
  Response response = co_await answer();
  if (hub_->closed) co_return false;
  if (body_failed_) {
    if (problem_ == nullptr) co_return false;
    response = problem_response(*problem_);
  }
  const bool discard = !parser_.done() && body_worth_discarding();
  if (!parser_.done() && !discard) response.close = linger_ = true;
  const bool endless = request_.version == 10 && std::holds_alternative<std::unique_ptr<BodyStream>>(response.body);
  const bool keep = request_.keep_alive && !response.close && !endless && !hub_->draining;
  response.close = !keep;
  bool more = co_await send(std::move(response));
  more = more && keep;
  if (more && discard) more = co_await discard_body();
  co_return more;
}

Task<bool> Session::read_header() {
  parser_.begin(request_);
  problem_ = nullptr;
  route_index_ = Router::kNoRoute;
  bool begun = false;
  if (connection_.input.empty()) {
    connection_.wait_idle();
    connection_.input.shrink();
    served_in_a_row_ = 0;
  } else if (++served_in_a_row_ >= kServedInARow) {
    served_in_a_row_ = 0;
    co_await boost::asio::post(kUseTask);
  }
  while (true) {
    while (!begun && connection_.input.view().starts_with("\r\n")) connection_.input.consume(2);  // RFC 9112, 2.2
    if (!connection_.input.empty()) {
      if (!std::exchange(begun, true)) connection_.wait_header();
      const auto [step, consumed] = parser_.feed(connection_.input.view());
      connection_.input.consume(consumed);
      if (step == RequestParser::Step::header) break;
      if (step == RequestParser::Step::malformed) problem_ = &kMalformedRequest;
      if (step == RequestParser::Step::target_too_long) problem_ = &kTargetTooLong;
      if (step == RequestParser::Step::header_too_large) problem_ = &kHeaderTooLarge;
      if (problem_ != nullptr) co_return false;
    } else if (hub_->draining && served_) {
      co_return false;
    }
    const bool filled = co_await connection_.fill(kHeaderReadBytes);
    if (!filled) {
      if (begun && connection_.timed_out()) problem_ = &kRequestTimeout;
      co_return false;
    }
  }
  connection_.wait_nothing();
  problem_ = header_problem();
  co_return problem_ == nullptr;
}

const TransportProblem* Session::header_problem() {
  if (request_.version != 10 && request_.version != 11) return &kMalformedRequest;
  if (request_.version == 11 && request_.count("host") != 1) return &kMissingHost;
  if (parser_.unknown_transfer_encoding()) return &kUnknownEncoding;
  if (!request_.split_target()) return &kMalformedTarget;
  const std::string_view expect = request_.header("expect");
  if (!expect.empty() && !equals_lower(expect, "100-continue")) return &kExpectationFailed;
  if (parser_.content_length().value_or(0) > hub_->settings.max_body_bytes) return &kBodyTooLarge;
  awaits_continue_ = !expect.empty() && request_.version == 11 && parser_.has_body();
  body_failed_ = false;
  piece_bytes_ = 0;
  body_bytes_ = 0;
  started_ = std::chrono::steady_clock::now();
  return nullptr;
}

Task<Response> Session::answer() {
  const Router::Match match = hub_->router.find(request_.method, request_.path);
  if (match.route == nullptr) co_return hub_->router.refusal(request_);
  route_index_ = match.index;
  const bool changes_something = request_.method == Method::post || request_.method == Method::del;
  if (changes_something && is_foreign_origin(request_.header("origin"), request_.header("host"))) {
    co_return problem_response(
        Error{ErrorCode::forbidden_origin, "pages of another site may not change anything here", ""});
  }
  Call call{request_, *this, connection_, {}};
  if (!match.raw_parameter.empty()) {
    auto parameter = percent_decoded(match.raw_parameter, false);
    if (!parameter) co_return problem_response(kMalformedTarget);
    call.parameter = std::move(*parameter);
  }
  try {
    co_return co_await match.route->handler(call);
  } catch (const std::exception& e) {
    spdlog::error("{} {}: {}", name_of(request_.method), request_.target, e.what());
  }
  co_return problem_response(Error{ErrorCode::internal, "an internal error; the server's log has more", ""});
}

ConnectionHeader Session::connection_header(bool keep) const {
  if (!keep) return ConnectionHeader::close;
  return request_.version == 10 ? ConnectionHeader::keep_alive : ConnectionHeader::none;
}

Task<bool> Session::send(Response response) {
  const auto* stream = std::get_if<std::unique_ptr<BodyStream>>(&response.body);
  if (stream != nullptr && request_.version == 11) response.add_header("Transfer-Encoding", "chunked");
  head_.clear();
  append_head(head_, response, connection_header(!response.close), hub_->date);
  std::string_view body;
  if (const auto* text = std::get_if<std::string>(&response.body)) body = *text;
  if (const auto* shared = std::get_if<SharedText>(&response.body)) body = **shared;
  if (request_.method == Method::head) body = {};
  bool sent = co_await connection_.send(head_, body);
  const auto* file = std::get_if<FileBody>(&response.body);
  if (sent && file != nullptr && request_.method != Method::head) sent = co_await connection_.send_file(*file);
  note(response);
  if (sent && stream != nullptr && request_.method != Method::head) sent = co_await send_stream(**stream);
  connection_.wait_nothing();
  co_return sent;
}

Task<bool> Session::send_stream(BodyStream& stream) {
  connection_.on_leave([&stream] { stream.stop(); });
  bool whole = false;
  try {
    whole = co_await send_pieces(stream);
  } catch (const std::exception& e) {  // too late for another answer: a body without its end tells
    spdlog::error("{} {}: {}", name_of(request_.method), request_.target, e.what());
  }
  connection_.on_leave({});
  if (whole && request_.version == 11) whole = co_await connection_.send("0\r\n\r\n", {});
  co_return whole;
}

Task<bool> Session::send_pieces(BodyStream& stream) {
  const bool chunked = request_.version == 11;
  for (unsigned in_a_row = 1;; ++in_a_row) {
    connection_.wait_nothing();
    const SharedText piece = co_await stream.next();
    if (hub_->closed) co_return false;
    if (piece == nullptr) co_return true;
    if (piece->empty()) continue;
    const std::string size = chunked ? fmt::format("{:x}\r\n", piece->size()) : std::string();
    const bool sent = co_await connection_.send(size, *piece, chunked ? "\r\n" : "");
    if (!sent) co_return false;
    if (in_a_row % kServedInARow == 0) co_await boost::asio::post(kUseTask);
  }
}

void Session::note(const Response& response) {
  const double past = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  const double seconds = std::max(0.0, past - response.waited_s);
  hub_->metrics->request_done(route_index_, response.status, seconds);
  const bool remarkable = response.status >= 500 || seconds > kSlowRequest_s;
  const auto level = remarkable ? spdlog::level::warn : spdlog::level::debug;
  if (!spdlog::should_log(level)) return;
  spdlog::log(level, "{} {} {} {:.3f} ms", name_of(request_.method), request_.target, response.status, seconds * 1e3);
}

bool Session::body_worth_discarding() const {
  const auto length = parser_.content_length();
  return length && *length <= kDiscardedBodyBytes && !awaits_continue_ && !body_failed_;
}

Task<bool> Session::discard_body() {
  while (true) {
    const auto piece = co_await read();
    if (!piece) co_return false;
    if (piece->empty()) break;
  }
  connection_.wait_nothing();
  co_return true;
}

Task<bool> Session::ask_for_body() {
  if (!std::exchange(awaits_continue_, false)) co_return true;
  const bool sent = co_await connection_.send("HTTP/1.1 100 Continue\r\n\r\n", {});
  co_return sent;
}

Error Session::body_error(const TransportProblem* problem) {
  connection_.wait_nothing();
  body_failed_ = true;
  problem_ = problem;
  const auto code = problem == &kBodyTooLarge ? ErrorCode::payload_too_large : ErrorCode::invalid_request;
  return {code, problem != nullptr ? std::string(problem->detail) : "the client has gone", ""};
}

Task<Result<std::span<const std::byte>>> Session::read() {
  using Step = RequestParser::Step;
  connection_.input.consume(std::exchange(piece_bytes_, 0));
  if (body_failed_) co_return body_error(problem_);
  if (parser_.done()) {
    connection_.wait_nothing();
    co_return std::span<const std::byte>{};
  }
  const bool asked = co_await ask_for_body();
  if (!asked) co_return body_error(nullptr);
  if (hub_->out_of_patience()) co_return body_error(&kShuttingDown);
  if (body_bytes_ == 0) connection_.wait_transfer();
  while (!parser_.done()) {
    if (!connection_.input.empty()) {
      const auto [step, consumed] = parser_.feed(connection_.input.view());
      if (step == Step::piece) {
        const std::string_view piece = parser_.piece();
        piece_bytes_ = consumed;
        body_bytes_ += piece.size();
        if (body_bytes_ > hub_->settings.max_body_bytes) co_return body_error(&kBodyTooLarge);
        co_return std::as_bytes(std::span(piece));
      }
      connection_.input.consume(consumed);
      if (step == Step::malformed) co_return body_error(&kMalformedRequest);
      if (step == Step::end) break;
      if (consumed > 0 && !connection_.input.empty()) continue;
    }
    if (connection_.input.view().size() >= kBodyReadBytes) co_return body_error(&kMalformedRequest);  // a chunk's head
    const bool filled = co_await connection_.fill(kBodyReadBytes);
    if (!filled) {
      co_return body_error(connection_.timed_out() ? &kRequestTimeout : nullptr);
    }
  }
  connection_.wait_nothing();
  co_return std::span<const std::byte>{};
}

}  // namespace kiln::http
