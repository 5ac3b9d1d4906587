#include "http/request_parser.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace kiln::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;
using beast::string_view;

std::string_view view(string_view text) { return {text.data(), text.size()}; }

Method method_of(beast::http::verb verb) {
  switch (verb) {
    case beast::http::verb::get:
      return Method::get;
    case beast::http::verb::head:
      return Method::head;
    case beast::http::verb::post:
      return Method::post;
    case beast::http::verb::delete_:
      return Method::del;
    default:
      return Method::other;
  }
}

/// Hands what Beast finds to a Request and remembers the last piece of the body.
class Sink final : public beast::http::basic_parser<true> {
 public:
  explicit Sink(Request& request) : request_(request) {
    header_limit(kMaxHeaderBytes);
    body_limit(boost::none);  // the session counts
  }

  std::string_view piece;
  bool header_complete = false;

 private:
  void on_request_impl(beast::http::verb method, string_view, string_view target, int version, error_code&) override {
    request_.method = method_of(method);
    request_.target = view(target);
    request_.version = static_cast<unsigned>(version);
  }
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(beast::http::field, string_view name, string_view value, error_code&) override {
    if (!header_complete) request_.add_header(view(name), view(value));  // trailers say nothing to us
  }
  void on_header_impl(error_code&) override { header_complete = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view body, error_code&) override {
    piece = view(body);
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override {
    piece = view(body);
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  Request& request_;
};

}  // namespace

class RequestParser::Impl {
 public:
  Request* request = nullptr;
  std::optional<Sink> sink;
  std::size_t header_bytes = 0;  ///< consumed so far: Beast's own limit holds for what is not consumed only

  Step step_after(const error_code& error, bool had_header, std::string_view rest) {
    if (!error) {
      if (!had_header && sink->is_header_done()) return Step::header;
      if (!sink->piece.empty()) return Step::piece;
      return sink->is_done() ? Step::end : Step::need_more;
    }
    const bool too_large = !had_header && header_bytes + rest.size() > kMaxHeaderBytes;
    if (error == beast::http::error::header_limit || (error == beast::http::error::need_more && too_large)) {
      return header_bytes == 0 ? Step::target_too_long : Step::header_too_large;
    }
    return error == beast::http::error::need_more ? Step::need_more : Step::malformed;
  }
};

RequestParser::RequestParser() : impl_(std::make_unique<Impl>()) {}
RequestParser::~RequestParser() = default;

void RequestParser::begin(Request& request) {
  request.clear();
  impl_->request = &request;
  impl_->sink.emplace(request);
  impl_->header_bytes = 0;
}

RequestParser::Progress RequestParser::feed(std::string_view input) {
  Sink& sink = *impl_->sink;
  sink.piece = {};
  const bool had_header = sink.is_header_done();
  error_code error;
  const std::size_t consumed = sink.put(boost::asio::buffer(input.data(), input.size()), error);
  if (!had_header) impl_->header_bytes += consumed;
  const Step step = impl_->step_after(error, had_header, input.substr(consumed));
  if (step != Step::header) return {step, consumed};
  if (impl_->request->target.size() > kMaxTargetBytes) return {Step::target_too_long, consumed};
  if (impl_->header_bytes > kMaxHeaderBytes) return {Step::header_too_large, consumed};
  impl_->request->keep_alive = sink.keep_alive();
  return {step, consumed};
}

std::string_view RequestParser::piece() const { return impl_->sink->piece; }
bool RequestParser::done() const { return impl_->sink->is_done(); }
bool RequestParser::has_body() const { return impl_->sink->chunked() || content_length().value_or(0) > 0; }

std::optional<std::uint64_t> RequestParser::content_length() const {
  const auto length = impl_->sink->content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

bool RequestParser::unknown_transfer_encoding() const {
  const std::string_view encoding = impl_->request->header("transfer-encoding");
  return impl_->request->count("transfer-encoding") > 0 && !(impl_->sink->chunked() && encoding.size() == 7);
}

}  // namespace kiln::http
