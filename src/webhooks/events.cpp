#include "webhooks/events.h"

#include <algorithm>

#include "base/clock.h"

namespace kiln::webhooks {

bool is_event(std::string_view name) { return std::find(kEvents.begin(), kEvents.end(), name) != kEvents.end(); }

std::vector<std::string> default_events() {
  return {std::string(kJobSucceeded), std::string(kJobFailed), std::string(kJobCancelled), std::string(kBatchFinished)};
}

std::string_view end_event(JobState state) {
  switch (state) {
    case JobState::succeeded:
      return kJobSucceeded;
    case JobState::failed:
      return kJobFailed;
    default:
      return kJobCancelled;
  }
}

std::string delivery_id(const JobId& subject, std::string_view event, bool for_all) {
  const std::string_view what = event.substr(event.find('.') + 1);
  return "msg_" + to_string(subject) + "_" + std::string(what) + (for_all ? "_all" : "");
}

std::string event_body(std::string_view event, WallTime at, std::string_view data) {
  std::string body = R"({"type":")";
  body.append(event).append(R"(","timestamp":")").append(rfc3339(at)).append(R"(","data":)").append(data);
  return body += '}';
}

}  // namespace kiln::webhooks
