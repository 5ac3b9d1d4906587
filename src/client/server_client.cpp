#include "client/server_client.h"

#include <algorithm>

namespace kiln::client {
namespace {

constexpr std::size_t kMaxJsonBytes = std::size_t{256} << 20;  // a page of a thousand jobs has some MB
constexpr double kInspection_s = 600;                          // a server looks into a large upload before it answers

}  // namespace

ServerClient::ServerClient(ServerUrl url, const ClientOptions& options)
    : url_(std::move(url)), options_(options), exchange_(url_.is_loopback(), options.certificates) {}

Answer<Json> ServerClient::get(const std::string& target, const std::stop_token& stop) {
  Exchange exchange;
  exchange.url = target;
  return json_of(std::move(exchange), stop);
}

Answer<Json> ServerClient::post(const std::string& target, const Json& body, std::vector<std::string> headers,
                                const std::stop_token& stop) {
  Exchange exchange;
  exchange.method = "POST";
  exchange.url = target;
  exchange.headers = std::move(headers);
  if (body.is_null()) {
    exchange.headers.emplace_back("Content-Type:");  // libcurl would call nothing a form
  } else {
    exchange.body = codec::to_text(body);
    exchange.headers.emplace_back("Content-Type: application/json");
  }
  return json_of(std::move(exchange), stop);
}

Answer<Json> ServerClient::upload(const std::string& target, const std::filesystem::path& file,
                                  const std::function<void(double)>& sent, const std::stop_token& stop) {
  Exchange exchange;
  exchange.method = "POST";
  exchange.url = target;
  exchange.headers = {"Content-Type: application/octet-stream"};  // the server tells by the first bytes what it is
  exchange.body_file = file;
  exchange.silence_s = std::max(options_.timeout_s, kInspection_s);
  exchange.sent = sent;
  return json_of(std::move(exchange), stop);
}

Answer<ReplyHead> ServerClient::fetch(const std::string& target, const BodySink& sink, const std::stop_token& stop) {
  Exchange exchange;
  exchange.url = target;
  exchange.silence_s = options_.timeout_s;
  return run(std::move(exchange), sink, stop);
}

Answer<ReplyHead> ServerClient::follow(const std::string& target, std::vector<std::string> headers, double silence_s,
                                       const BodySink& sink, const std::stop_token& stop) {
  Exchange exchange;
  exchange.url = target;
  exchange.headers = std::move(headers);
  exchange.silence_s = silence_s;
  const auto take = [&](const ReplyHead& reply, std::string_view bytes) -> Answer<bool> {
    if (!reply.header("content-type").starts_with("text/event-stream")) return not_a_kiln_server(reply.status);
    return sink(reply, bytes);
  };
  return run(std::move(exchange), take, stop);
}

Answer<Json> ServerClient::json_of(Exchange exchange, const std::stop_token& stop) {
  if (exchange.body_file.empty()) exchange.silence_s = options_.timeout_s;
  std::string text;
  const auto take = [&](const ReplyHead&, std::string_view bytes) -> Answer<bool> {
    if (text.size() + bytes.size() > kMaxJsonBytes) {
      return ClientError{Trouble::refused, "answer_too_large", "the server's answer has no end"};
    }
    text += bytes;
    return true;
  };
  const auto head = run(std::move(exchange), take, stop);
  if (!head) return head.error();
  Json json = Json::parse(text, nullptr, false);
  if (json.is_object()) return {boost::system::in_place_value, std::move(json)};
  return not_a_kiln_server(head->status);
}

ClientError ServerClient::not_a_kiln_server(unsigned status) const {
  return {Trouble::refused, "not_a_kiln_server", url_.shown() + " does not answer like a Kiln server", "", status};
}

Answer<ReplyHead> ServerClient::run(Exchange exchange, const BodySink& sink, const std::stop_token& stop) {
  exchange.url = url_.to(exchange.url);
  const auto take = [&](const ReplyHead& reply, std::string_view bytes) {
    has_answered_ = true;
    return sink(reply, bytes);
  };
  auto head = exchange_.run(exchange, take, stop);
  has_answered_ = has_answered_ || head || head.error().trouble == Trouble::refused;
  if (head || head.error().trouble == Trouble::refused || head.error().trouble == Trouble::local) return head;
  ClientError error = head.error();
  if (error.trouble == Trouble::unreachable) error.message = url_.shown() + " cannot be reached: " + error.message;
  if (error.trouble == Trouble::timed_out) error.message = url_.shown() + " does not answer: " + error.message;
  return error;
}

}  // namespace kiln::client
