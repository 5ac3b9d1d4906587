#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kiln::api_test {

struct Reply;

/// Holds every answer of one connection against the contract (openapi.json) and fails the test when it is not as
/// written there: a status, a media type or a header that is not documented, a header that is missing, a body that its
/// schema does not allow. Members that no schema knows count as well.
class ContractWatch {
 public:
  void sent(std::string_view bytes);
  void received(const Reply& reply, bool head);

  /// What received() fails the test with; empty: nothing. The answer of the oldest request that has none yet.
  std::string objection_to(const Reply& reply, bool head);

 private:
  struct RequestLine {
    std::string method, path;
  };
  std::optional<RequestLine> next_request();

  std::string sent_;  ///< requests that have no answer yet, as bytes
};

/// What the contract has against the data of a server-sent event; empty: nothing.
std::string objection_to_event(const std::string& name, const std::string& data);

}  // namespace kiln::api_test
