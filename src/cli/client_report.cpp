#include "cli/client_report.h"

#include <fmt/core.h>

#include "cli/job_words.h"
#include "cli/run.h"
#include "cli/text_table.h"

namespace kiln::cli {

using client::ClientError;
using client::Json;
using client::Trouble;

int exit_status_of(const ClientError& e) {
  switch (e.trouble) {
    case Trouble::unreachable:
    case Trouble::timed_out:
      return kUnreachable;
    case Trouble::interrupted:
      return kInterrupted;
    case Trouble::local:
      return e.code == code_name(ErrorCode::invalid_request) ? kUsage : kFailure;
    case Trouble::refused:
      return e.code == code_name(ErrorCode::cancelled) ? kCancelled : kFailure;
  }
  return kFailure;
}

Json to_json(const ClientError& e) {
  Json error{{"code", e.code}, {"detail", e.message}};
  if (!e.pointer.empty()) error["pointer"] = e.pointer;
  if (e.http_status != 0) error["status"] = e.http_status;
  if (e.retry_after_s) error["retry_after_s"] = *e.retry_after_s;
  return {{"error", std::move(error)}};
}

int fail(const ClientError& e, bool json) {
  if (json) {
    print_json(to_json(e));
  } else {
    std::string words = e.message + (e.pointer.empty() ? "" : " (at " + e.pointer + ")");
    if (e.retry_after_s) words += "; try again in " + duration_words(*e.retry_after_s);
    fmt::print(stderr, "kiln: {}\n", printable(words));
  }
  return exit_status_of(e);
}

void print_json(const Json& json) { fmt::print("{}\n", codec::to_text(json)); }

}  // namespace kiln::cli
