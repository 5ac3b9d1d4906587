#include "http/router.h"

#include <optional>

#include "http/problem.h"

namespace kiln::http {
namespace {

constexpr std::string_view kParameter = "{id}";

/// The text in the parameter's place (empty for a literal pattern), or nothing when the path does not fit.
std::optional<std::string_view> fit(std::string_view pattern, std::string_view path) {
  const std::size_t at = pattern.find(kParameter);
  if (at == std::string_view::npos) return pattern == path ? std::optional(std::string_view{}) : std::nullopt;
  const std::string_view before = pattern.substr(0, at), behind = pattern.substr(at + kParameter.size());
  if (!path.starts_with(before)) return std::nullopt;
  std::string_view parameter = path.substr(before.size());
  if (parameter.size() <= behind.size() || !parameter.ends_with(behind)) return std::nullopt;
  parameter.remove_suffix(behind.size());
  if (parameter.find('/') != std::string_view::npos) return std::nullopt;
  return parameter;
}

}  // namespace

void Router::add(Method method, std::string pattern, Handler handler) {
  routes_.push_back({method, std::move(pattern), std::move(handler)});
}

Router::Match Router::find(Method method, std::string_view path) const {
  const Method wanted = method == Method::head ? Method::get : method;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (routes_[i].method != wanted) continue;
    if (const auto parameter = fit(routes_[i].pattern, path)) return {&routes_[i], i, *parameter};
  }
  return {};
}

Response Router::refusal(const Request& request) const {
  std::string allow;
  for (const Route& route : routes_) {
    if (!fit(route.pattern, request.path)) continue;
    if (!allow.empty()) allow += ", ";
    allow += route.method == Method::get ? "GET, HEAD" : name_of(route.method);
  }
  if (allow.empty()) return problem_response(Error{ErrorCode::not_found, "there is nothing at " + request.path, ""});
  Response r = problem_response(
      Error{ErrorCode::method_not_allowed, request.path + " does not take this method, but " + allow, ""});
  r.add_header("Allow", allow);
  return r;
}

}  // namespace kiln::http
