#include "webhooks/kept_files.h"

#include <charconv>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>

#include "base/files.h"
#include "webhooks/signature.h"

namespace kiln::webhooks {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostBytes = 64 << 10;

/// Nothing when there is no such file.
Result<std::optional<std::string>> content(const fs::path& file) {
  std::error_code failed;
  const bool there = fs::exists(file, failed);
  if (failed) return file_error("cannot read", file, failed.value());
  if (!there) return std::optional<std::string>();
  const auto bytes = read_file(file, kMostBytes);
  if (!bytes) return bytes.error();
  return std::optional(std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
}

Result<void> write(const fs::path& file, std::string_view text) {
  return write_file_atomically(file, std::as_bytes(std::span(text)));
}

/// A line for the time in microseconds since 1970, one for the address, one for each event.
std::string mark(const WebhookTarget& target) {
  std::string text = "\n" + target.url + "\n";
  for (const std::string& event : target.events) text += event + "\n";
  return text;
}

}  // namespace

Result<std::string> load_or_make_secret(const fs::path& file) {
  const auto kept = content(file);
  if (!kept) return kept.error();
  if (*kept) {
    const std::string_view text = **kept;
    return std::string(text.substr(0, text.find_last_not_of(" \t\r\n") + 1));
  }
  std::string secret = random_secret();
  if (auto written = write(file, secret + "\n"); !written) return written.error();
  return secret;
}

Result<WallTime> told_since(const fs::path& file, const WebhookTarget* target, WallTime now) {
  if (target == nullptr) {
    std::error_code failed;
    fs::remove(file, failed);
    if (failed) return file_error("cannot remove", file, failed.value());
    return now;
  }
  const auto kept = content(file);
  if (!kept) return kept.error();
  const std::string behind_time = mark(*target);
  std::int64_t since_us = 0;
  if (*kept) {
    const std::string& text = **kept;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), since_us);
    const bool same = error == std::errc() && std::string_view(end, text.data() + text.size()) == behind_time;
    const WallTime since{std::chrono::microseconds(same ? since_us : 0)};
    if (same && since <= now) return since;
  }
  since_us = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
  if (auto written = write(file, std::to_string(since_us) + behind_time); !written) return written.error();
  return now;
}

}  // namespace kiln::webhooks
