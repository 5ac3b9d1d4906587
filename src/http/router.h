#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace kiln::http {

/// One request on its way through a handler.
struct Call {
  const Request& request;
  BodySource& body;
  Peer& peer;
  std::string parameter;  ///< what stands for "{id}" in the pattern, percent-decoded
};

using Handler = std::function<Task<Response>(Call&)>;

struct Route {
  Method method;
  std::string pattern;  ///< a path; "{id}" stands for one segment of it
  Handler handler;
};

/// Finds the handler of a method and a path. HEAD goes where GET goes.
class Router {
 public:
  static constexpr std::size_t kNoRoute = SIZE_MAX;

  struct Match {
    const Route* route = nullptr;    ///< null: answer with `problem`
    std::size_t index = kNoRoute;    ///< of the route, in the order of add
    std::string_view raw_parameter;  ///< still percent-encoded
  };

  void add(Method method, std::string pattern, Handler handler);
  const std::vector<Route>& routes() const { return routes_; }

  Match find(Method method, std::string_view path) const;

  /// Why nothing was found: 405 with Allow when the path has routes for other methods, else 404.
  Response refusal(const Request& request) const;

 private:
  std::vector<Route> routes_;
};

}  // namespace kiln::http
