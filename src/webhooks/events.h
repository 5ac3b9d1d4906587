#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "kiln/job.h"

/// What receivers of webhooks can be told of.
namespace kiln::webhooks {

inline constexpr std::string_view kJobStarted = "job.started";
inline constexpr std::string_view kJobSucceeded = "job.succeeded";
inline constexpr std::string_view kJobFailed = "job.failed";
inline constexpr std::string_view kJobCancelled = "job.cancelled";
inline constexpr std::string_view kBatchFinished = "batch.finished";
inline constexpr std::array kEvents{kJobStarted, kJobSucceeded, kJobFailed, kJobCancelled, kBatchFinished};

bool is_event(std::string_view name);

/// Those that are told where nothing is chosen: every end.
std::vector<std::string> default_events();

/// The event of a job's end. `state` is final.
std::string_view end_event(JobState state);

/// The id of the delivery of an event, which follows from what it tells of: whoever makes it again makes the same one.
/// It has no full stop, as Standard Webhooks wishes. `for_all`: it goes to the receiver of all jobs.
std::string delivery_id(const JobId& subject, std::string_view event, bool for_all);

/// {"type", "timestamp", "data"}; `data` is a JSON text.
std::string event_body(std::string_view event, WallTime at, std::string_view data);

}  // namespace kiln::webhooks
