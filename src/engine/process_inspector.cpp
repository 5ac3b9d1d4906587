#include "engine/process_inspector.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <utility>

#include "engine/attempt.h"
#include "engine/child_process.h"
#include "engine/guard.h"
#include "engine/messages.h"
#include "engine/wire.h"

namespace kiln::engine {
namespace {

constexpr double kLastBreath_s = 0.5;  ///< between the end of the socket and that of the process

class ProcessInspector final : public Inspector {
 public:
  explicit ProcessInspector(ProcessInspectorOptions options) : options_(std::move(options)) {}

  Result<AssetSummary> inspect(const std::filesystem::path& file, const std::string& media_type) override;

 private:
  Result<std::string> receive(int socket, ChildProcess& process) const;
  Error explain(ChildProcess& process) const;
  Error too_long() const {
    return {ErrorCode::limit_exceeded, fmt::format("inspecting the file took longer than {:g} s", options_.timeout_s),
            ""};
  }

  const ProcessInspectorOptions options_;
};

Result<AssetSummary> ProcessInspector::inspect(const std::filesystem::path& file, const std::string& media_type) {
  ChildCommand command{options_.command, {options_.processor_s, options_.address_bytes}};
  for (const std::string& argument : {std::string("--file"), file.string(), std::string("--media-type"), media_type}) {
    command.argv.push_back(argument);
  }
  auto ends = make_socket_pair();
  if (!ends) return ends.error();
  auto process = ChildProcess::start(command, std::move(ends->second));
  if (!process) return process.error();
  const auto text = receive(ends->first.get(), *process);
  if (!text) return text.error();
  auto summary = inspection_from_text(*text);
  if (!summary && summary.error().code == ErrorCode::out_of_memory) {
    return Error{ErrorCode::limit_exceeded, "inspecting the file takes more memory than there is for it", ""};
  }
  return summary;
}

/// The one text that comes through the socket.
Result<std::string> ProcessInspector::receive(int socket, ChildProcess& process) const {
  const auto by = after(Clock::now(), options_.timeout_s);
  FrameReader reader;
  while (true) {
    auto text = reader.next();
    if (!text) return Error{ErrorCode::engine_crashed, "the inspector sent garbage: " + text.error().message, ""};
    if (*text) return std::move(**text);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(by - Clock::now()).count();
    if (left <= 0) return too_long();
    pollfd news{socket, POLLIN, 0};
    if (::poll(&news, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000))) <= 0) continue;
    std::array<char, 4096> piece;
    const ssize_t n = ::recv(socket, piece.data(), piece.size(), MSG_DONTWAIT);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0) return explain(process);
    reader.feed({piece.data(), static_cast<std::size_t>(n)});
  }
}

/// Why the socket ended before the answer.
Error ProcessInspector::explain(ChildProcess& process) const {
  const auto end = process.wait(kLastBreath_s);
  if (end && end->was_killed_by(SIGXCPU)) {
    return {ErrorCode::limit_exceeded,
            fmt::format("inspecting the file took more than {:g} s of processor time", options_.processor_s), ""};
  }
  if (end && end->was_killed_by(SIGKILL)) {
    return {ErrorCode::engine_crashed, "the inspector was killed: the system may have run out of memory", ""};
  }
  return {ErrorCode::engine_crashed,
          "the file made the inspector crash: it " + (end ? end->sentence() : std::string("closed its socket")), ""};
}

}  // namespace

std::unique_ptr<Inspector> make_process_inspector(ProcessInspectorOptions options) {
  return std::make_unique<ProcessInspector>(std::move(options));
}

int host_inspection(FileDescriptor socket, Inspector& inspector, const std::filesystem::path& file,
                    const std::string& media_type) {
  const auto summary = guarded([&] { return inspector.inspect(file, media_type); });
  auto sent = send_frame(socket.get(), to_text(summary));
  if (!sent && sent.error().code == ErrorCode::limit_exceeded) {
    sent = send_frame(socket.get(), to_text(Result<AssetSummary>(sent.error())));  // a million cameras with names
  }
  return sent ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace kiln::engine
