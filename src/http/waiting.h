#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "http/api.h"

/// What handlers do that answer when a job or batch has got somewhere.
namespace kiln::http {

inline constexpr double kLongestWait_s = 600;

/// Reads `wait` from a query in which nothing else may stand; unset when it is not there.
/// Errors: unknown_member; invalid_request unless it is from 0 to kLongestWait_s.
Result<std::optional<double>> wait_from_query(std::string_view query);

/// What `Prefer: wait=` asks for (RFC 7240), at most kLongestWait_s; unset when it does not or cannot be read, as
/// preferences that are not understood are passed over.
std::optional<double> preferred_wait_s(const Request& request);

/// What a handler waits for.
enum class Until { another_state, final };

/// Waits, at most so long; gives the seconds that it took. Returns at once when there is no such job or batch, or
/// nothing to wait for. Afterwards the Hub may be closed: then any answer will do, nobody gets it.
Task<double> wait_until(Api& api, Call& call, const JobId& id, Until until, double longest_s);

/// Passes a change on to those who wait for its job or batch.
void tell_waits(Waits& waits, const jobs::Service& jobs, const jobs::JobEvent& event);

/// The answer of a route that accepted the job or batch `id`: 202, or, when `Prefer: wait=` asks to wait and it is
/// final by then, 200. `text` makes the body, after the wait, and is told which of them it is for.
Task<Response> accepted_response(Api& api, Call& call, JobId id, std::function<SharedText(bool ended)> text);

}  // namespace kiln::http
