#include "cli/job_words.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fmt/core.h>

#include "cli/run.h"
#include "cli/text_table.h"

namespace kiln::cli {

using client::Json;
using client::member;
using client::number_at;
using client::text_at;

namespace {

std::string eta_words(const Json& job) {
  const Json& eta = member(job, "eta");
  const auto start_s = number_at(eta, "start_s"), finish_s = number_at(eta, "finish_s");
  if (!finish_s) return "";
  if (text_at(job, "status") == "queued" && start_s) return ", begins in about " + duration_words(*start_s);
  std::string words = ", " + duration_words(*finish_s) + " left";
  const auto low_s = number_at(eta, "low_s"), high_s = number_at(eta, "high_s");
  if (low_s && high_s && duration_words(*low_s) != duration_words(*high_s)) {
    words += " (" + duration_words(*low_s) + " to " + duration_words(*high_s) + ")";
  }
  return words;
}

/// ", 3 of 12 jobs done"
std::string count_words(const Json& batch) {
  const auto jobs = number_at(batch, "job_count");
  if (!jobs) return "";
  const Json& counts = member(batch, "counts");
  double done = 0;
  for (const char* state : {"succeeded", "failed", "cancelled"}) done += number_at(counts, state).value_or(0);
  return fmt::format(", {:.0f} of {:.0f} jobs done", done, *jobs);
}

std::string scene_words(const std::string& scene) {
  constexpr std::size_t kShortHash = 7 + 12;  // "sha256:" and enough digits to tell a few thousand apart
  return scene.starts_with("sha256:") ? scene.substr(0, kShortHash) : scene;
}

std::string result_words(const Json& result) {
  if (!result.is_object()) return "";
  std::string words =
      fmt::format("{}, {:.0f} bytes", text_at(result, "content_type"), number_at(result, "bytes").value_or(0));
  if (const auto render_s = number_at(result, "render_s")) words += fmt::format(", rendered in {:.2f} s", *render_s);
  if (const std::string backend = text_at(result, "backend"); !backend.empty()) words += " (" + backend + ")";
  if (member(result, "partial") == true) words += ", not all of its samples";
  if (!text_at(result, "expired_at").empty()) words += ", deleted since";
  return words;
}

std::string error_words(const Json& error) {
  if (!error.is_object()) return "";
  const std::string pointer = text_at(error, "pointer");
  return text_at(error, "message") + (pointer.empty() ? "" : " (at " + pointer + ")") + " [" + text_at(error, "code") +
         "]";
}

void add_line(std::string& text, const char* label, const std::string& words) {
  if (!words.empty()) text += fmt::format("{:10}{}\n", label, printable(words));
}

}  // namespace

std::string duration_words(double seconds) {
  const auto s = static_cast<std::uint64_t>(std::ceil(std::clamp(seconds, 0.0, 1e12)));
  constexpr std::uint64_t kMinute = 60, kHour = 3600, kDay = 86400;
  if (s < kMinute) return fmt::format("{} s", s);
  if (s < kHour) return fmt::format("{} min {} s", s / kMinute, s % kMinute);
  if (s < kDay) return fmt::format("{} h {} min", s / kHour, s % kHour / kMinute);
  return fmt::format("{} d {} h", s / kDay, s % kDay / kHour);
}

std::string state_words(const Json& job) {
  std::string words = text_at(job, "status");
  if (const auto position = number_at(job, "position")) words += fmt::format(", position {:.0f}", *position);
  if (const auto attempt = number_at(job, "attempt"); attempt && *attempt > 1) {
    words += fmt::format(", attempt {:.0f}", *attempt);
  }
  words += count_words(job);
  if (member(job, "cached") == true) words += ", picture was there already";
  return printable(is_over(job) ? words : words + eta_words(job));
}

std::string picture_words(const Json& job) {
  const Json& request = member(job, "request");
  if (!request.is_object()) return "";
  const Json& shown = member(request, "region").is_object() ? member(request, "region") : request;
  return printable(fmt::format("{:.0f}x{:.0f}, {:.0f} samples per pixel, {}", number_at(shown, "width").value_or(0),
                               number_at(shown, "height").value_or(0),
                               number_at(request, "samples_per_pixel").value_or(0),
                               scene_words(text_at(request, "scene"))));
}

std::string description_of(const Json& job) {
  std::string text;
  add_line(text, text_at(job, "kind") == "batch" ? "batch" : "job", text_at(job, "id"));
  add_line(text, "status", state_words(job));
  add_line(text, "progress", fmt::format("{:.0f} %", number_at(job, "progress").value_or(0) * 100));
  add_line(text, "picture", picture_words(job));
  add_line(text, "created", text_at(job, "created_at"));
  add_line(text, "started", text_at(job, "started_at"));
  add_line(text, "finished", text_at(job, "finished_at"));
  add_line(text, "error", error_words(member(job, "error")));
  add_line(text, "result", result_words(member(job, "result")));
  add_line(text, "batch", text_at(job, "batch"));
  add_line(text, "webhook", text_at(member(job, "webhook"), "url"));
  return text;
}

std::string ending_words(const Json& job) {
  const std::string what = text_at(job, "kind") == "batch" ? "batch " : "job ";
  std::string words =
      what + text_at(job, "id") + (text_at(job, "status") == "cancelled" ? " was cancelled" : " failed");
  if (const std::string why = error_words(member(job, "error")); !why.empty()) words += ": " + why;
  return printable(words + count_words(job));
}

bool is_over(const Json& job) {
  const std::string status = text_at(job, "status");
  return status == "succeeded" || status == "failed" || status == "cancelled";
}

int exit_status_of(const Json& job) {
  const std::string status = text_at(job, "status");
  if (status == "succeeded") return kSuccess;
  return status == "cancelled" ? kCancelled : kFailure;
}

}  // namespace kiln::cli
