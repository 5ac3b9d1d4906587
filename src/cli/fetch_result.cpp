#include "cli/fetch_result.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "client/event_stream.h"
#include "client/part_file.h"

namespace kiln::cli {
namespace {

using client::Answer;
using client::ClientError;
using client::ReplyHead;
using client::Trouble;

constexpr double kRetry_s = 1;

std::string extension_of(const std::string& content_type) {
  constexpr std::array kExtensions{std::pair{"image/png", ".png"}, std::pair{"image/jpeg", ".jpeg"},
                                   std::pair{"image/webp", ".webp"}, std::pair{"image/x-exr", ".exr"},
                                   std::pair{"application/zip", ".zip"}};
  for (const auto& [type, extension] : kExtensions) {
    if (content_type == type) return extension;
  }
  return "";
}

/// Where one attempt's bytes go; made when the answer begins, which names the file.
class Destination {
 public:
  Destination(const std::string& id, const std::string& output) : id_(id), output_(output) {}

  bool has_begun_stdout() const { return begun_ && output_ == "-"; }
  const std::string& name() const { return name_; }

  Answer<bool> write(const ReplyHead& head, std::string_view bytes) {
    if (auto opened = open(head); !opened) return opened.error();
    if (!part_) {
      if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size()) return true;
      return ClientError{Trouble::local, "io_error", "cannot write to stdout"};
    }
    if (auto written = part_->write(bytes); !written) return client::local_error(written.error());
    return true;
  }

  Answer<void> finish(const ReplyHead& head) {
    if (auto opened = open(head); !opened) return opened.error();  // an empty body has not opened it
    if (!part_) {
      if (std::fflush(stdout) == 0) return {};
      return ClientError{Trouble::local, "io_error", "cannot write to stdout"};
    }
    if (auto committed = part_->commit(); !committed) return client::local_error(committed.error());
    return {};
  }

 private:
  Answer<void> open(const ReplyHead& head) {
    if (begun_) return {};
    begun_ = true;
    const std::string extension = extension_of(head.header("content-type"));
    if (extension.empty()) {
      return ClientError{Trouble::refused, "not_a_kiln_server", "the server sends something else than a picture", "",
                         head.status};
    }
    name_ = output_;
    if (output_ == "-") return {};
    if (output_.empty()) {
      name_ = file_name_in(head.header("content-disposition"));
      if (name_.empty()) name_ = id_ + extension;
      std::error_code ignored;
      if (std::filesystem::exists(name_, ignored)) {
        return ClientError{Trouble::local, "file_exists", name_ + " is there already: name a file with -o"};
      }
    }
    auto part = client::PartFile::create(name_);
    if (!part) return client::local_error(part.error());
    part_.emplace(std::move(*part));
    return {};
  }

  const std::string& id_;
  const std::string& output_;
  std::string name_;
  std::optional<client::PartFile> part_;
  bool begun_ = false;
};

}  // namespace

std::string file_name_in(const std::string& content_disposition) {
  constexpr std::string_view kParameter = "filename=";
  constexpr std::size_t kLongest = 200;
  const std::size_t at = content_disposition.find(kParameter);
  if (at == std::string::npos) return "";
  std::string name = content_disposition.substr(at + kParameter.size());
  if (name.starts_with('"')) {
    name = name.substr(1, name.find('"', 1) - 1);
  } else {
    name = name.substr(0, name.find(';'));
  }
  const auto is_ordinary = [](unsigned char c) { return c < 0x80 && (std::isalnum(c) != 0 || c == '_'); };
  const bool good =
      !name.empty() && name.size() <= kLongest && is_ordinary(static_cast<unsigned char>(name[0])) &&
      std::all_of(name.begin(), name.end(), [&](unsigned char c) { return is_ordinary(c) || c == '.' || c == '-'; });
  return good ? name : "";
}

Answer<std::string> fetch_result(client::ServerClient& client, const std::string& id, const std::string& output,
                                 double patience_s, const std::stop_token& stop) {
  std::optional<Stopwatch> away;
  std::uint64_t furthest = 0;  // one that always breaks off at the same byte would be tried for ever
  while (true) {
    Destination destination(id, output);
    std::uint64_t received = 0;
    const auto head = client.fetch(
        "/result/" + client::escaped(id),
        [&](const ReplyHead& reply, std::string_view bytes) {
          received += bytes.size();
          if (received > furthest) away.reset();
          furthest = std::max(furthest, received);
          return destination.write(reply, bytes);
        },
        stop);
    if (head) {
      if (const auto finished = destination.finish(*head); !finished) return finished.error();
      return destination.name();
    }
    if (!away) away.emplace();
    const bool is_hopeless = !may_pass(head.error()) || !client.has_answered() || destination.has_begun_stdout();
    if (is_hopeless || away->seconds() >= patience_s) return head.error();
    if (!client::wait_for(kRetry_s, true, stop)) {
      return ClientError{Trouble::interrupted, "interrupted", "it was interrupted"};
    }
  }
}

}  // namespace kiln::cli
