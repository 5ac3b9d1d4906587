// The thread of an EngineSession: starts the process, carries messages both ways, minds deadlines, reaps.
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <utility>

#include "base/log.h"
#include "engine/engine_session.h"
#include "engine/previewer.h"

namespace kiln::engine {
namespace {

constexpr std::string_view kOwnVersion = "kiln " KILN_VERSION;
constexpr double kLastBreath_s = 0.5;  ///< between the end of the socket and that of the process
constexpr double kAfterKill_s = 10;

Error crashed(const std::string& what) { return {ErrorCode::engine_crashed, what, ""}; }

}  // namespace

void EngineSession::live() {
  auto process = launch();
  if (!process) return be_lost(process.error().message, {}, false);
  spdlog::info("engine process {} started", process->id());
  const auto verdict = converse();
  socket_.close();
  const bool closing = become_unfit();
  const std::string end = end_process(*process, verdict.has_value(), closing);
  if (closing) {
    spdlog::info("engine process {} {}", process->id(), end);
  } else {
    spdlog::warn("engine process {} is lost: {}", process->id(), verdict ? verdict->error.message : end);
  }
  be_lost(verdict ? verdict->error.message : "the engine " + end, verdict, closing);
}

/// Not ready from now on, whatever its end takes. Whether that is what was wanted.
bool EngineSession::become_unfit() {
  const std::lock_guard lock(mutex_);
  knows_why_ = started_ && !status_.ready;
  status_.ready = false;
  if (!knows_why_) status_.reason = "the engine is gone";
  return closing_;
}

Result<ChildProcess> EngineSession::launch() {
  auto ends = make_socket_pair();
  if (!ends) return ends.error();
  socket_ = std::move(ends->first);
  auto process = ChildProcess::start({options_.command, {}}, std::move(ends->second));
  if (!process) return process;
  const std::lock_guard lock(mutex_);
  process_id_ = process->id();
  return process;
}

/// Until the socket ends or the session is closed (nothing), or the engine has to be ended.
std::optional<EngineSession::Verdict> EngineSession::converse() {
  std::optional<Verdict> verdict;
  while (true) {
    std::array<pollfd, 2> fds{pollfd{socket_.get(), POLLIN, 0}, pollfd{wake_.get(), POLLIN, 0}};
    int timeout_ms = 0;
    {
      const std::lock_guard lock(mutex_);
      if (closing_) return {};
      verdict = find_overdue();
      if (verdict) return verdict;
      if (!posts_.empty()) fds[0].events |= POLLOUT;
      timeout_ms = milliseconds_to_wait();
    }
    ::poll(fds.data(), fds.size(), timeout_ms);
    eventfd_t count = 0;
    if (fds[1].revents != 0) ::eventfd_read(wake_.get(), &count);
    if ((fds[0].revents & POLLOUT) != 0) write_posts();
    if ((fds[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !read_news(verdict)) return verdict;
  }
}

std::optional<EngineSession::Verdict> EngineSession::find_overdue() const {
  const auto now = Clock::now();
  if (!started_ && now >= start_by_) {
    return Verdict{
        {ErrorCode::engine_stalled, fmt::format("the engine did not get ready within {:g} s", options_.start_s), ""}};
  }
  for (const auto& attempt : attempts_) {
    if (const auto error = attempt->overdue(now)) return Verdict{*error, attempt.get()};
  }
  return {};
}

int EngineSession::milliseconds_to_wait() const {
  std::optional<Clock::time_point> first;
  if (!started_) first = start_by_;
  for (const auto& attempt : attempts_) first = first ? std::min(*first, attempt->deadline()) : attempt->deadline();
  if (!first) return -1;
  const auto left = std::min<Clock::duration>(*first - Clock::now(), std::chrono::minutes(1));
  return static_cast<int>(std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::milliseconds>(left).count()));
}

/// Takes what has come. False at the end of the socket and, with a verdict, when it carries garbage.
bool EngineSession::read_news(std::optional<Verdict>& verdict) {
  std::array<char, 65536> piece;
  const ssize_t n = ::recv(socket_.get(), piece.data(), piece.size(), MSG_DONTWAIT);
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (n <= 0) return false;
  reader_.feed({piece.data(), static_cast<std::size_t>(n)});
  const auto taken = take_messages();
  if (taken) return true;
  const std::string& what = taken.error().message;
  verdict = Verdict{crashed(taken.error().code == ErrorCode::io_error ? "the engine sent garbage: " + what : what)};
  return false;
}

Result<void> EngineSession::take_messages() {
  while (true) {
    const auto text = reader_.next();
    if (!text) return text.error();
    if (!*text) return {};
    const auto message = from_engine_from_text(**text);
    if (!message) return message.error();
    if (auto taken = take(*message); !taken) return taken;
  }
}

Result<void> EngineSession::take(const FromEngine& message) {
  if (!greeted_ && !std::holds_alternative<HelloMessage>(message)) {
    return Error{ErrorCode::io_error, "its first message is no hello", ""};
  }
  const auto* hello = std::get_if<HelloMessage>(&message);
  if (hello && hello->version != kOwnVersion) {
    return Error{
        ErrorCode::backend_unavailable,
        fmt::format("the engine's program is {}, this server is {}: restart the server", hello->version, kOwnVersion),
        ""};
  }
  {
    const std::lock_guard lock(mutex_);
    std::visit([this](const auto& m) { take_from(m); }, message);
    if (!attempts_.empty()) attempts_.front()->note_turn(Clock::now());
  }
  changed_.notify_all();
  give_answers();
  return {};
}

void EngineSession::take_from(const HelloMessage& m) {
  greeted_ = true;
  spdlog::debug("engine process {} is {}", process_id_, m.version);
}

void EngineSession::take_from(const StatusMessage& m) {
  status_ = m.status;
  started_ = true;
}

void EngineSession::take_from(const ProgressMessage& m) {
  if (const auto attempt = find(m.key)) attempt->note_progress(m.value, Clock::now());
}

void EngineSession::take_from(const RenderedMessage& m) {
  if (const auto attempt = find(m.key)) attempt->note_rendered(m.stopped_by);
}

void EngineSession::take_from(const FinishedMessage& m) {
  const auto attempt = find(m.key);
  if (!attempt) return;
  if (!m.outcome && is_engine_loss(m.outcome.error().code)) {  // it leaves now (engine_host.h)
    status_.ready = false;
    status_.reason = m.outcome.error().message;
  }
  attempt->end(m.outcome);
  std::erase(attempts_, attempt);
}

void EngineSession::take_from(const PreviewedMessage& m) {
  auto question = questions_.extract(m.number);
  if (question) answers_.emplace_back([done = std::move(question.mapped().done), m] { done(m.outcome); });
}

std::shared_ptr<Attempt> EngineSession::find(const AttemptKey& key) const {
  const auto at = std::find_if(attempts_.begin(), attempts_.end(), [&](const auto& a) { return a->key() == key; });
  return at == attempts_.end() ? nullptr : *at;
}

void EngineSession::write_posts() {
  const std::lock_guard lock(mutex_);
  const ssize_t n = ::send(socket_.get(), posts_.data(), posts_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n > 0) posts_.erase(0, static_cast<std::size_t>(n));
  if (n < 0 && errno != EINTR && errno != EAGAIN) posts_.clear();  // it is gone; reading will tell
}

/// Makes sure that it is gone, and says how it went.
std::string EngineSession::end_process(ChildProcess& process, bool kill_now, bool wait_gently) {
  const double patience_s = wait_gently ? options_.close_s : kLastBreath_s;
  auto end = kill_now ? std::nullopt : process.wait(patience_s);
  const bool left_by_itself = end.has_value();
  if (!end) {
    process.kill();
    end = process.wait(kAfterKill_s);
  }
  if (!end) return "was killed, but hangs in the system";
  if (left_by_itself && end->was_killed_by(SIGKILL)) return end->sentence() + ": the system may have run out of memory";
  if (!left_by_itself && !kill_now) return "was killed, because it had closed its socket and did not leave";
  return end->sentence();
}

void EngineSession::be_lost(const std::string& reason, const std::optional<Verdict>& verdict, bool was_closed) {
  {
    const std::lock_guard lock(mutex_);
    lost_ = true;
    status_.ready = false;
    if (!knows_why_) status_.reason = reason;
    for (const auto& attempt : attempts_) {
      if (was_closed && !verdict) {
        attempt->end(Error{ErrorCode::engine_lost, "the engine was closed", ""});
      } else if (!verdict) {
        attempt->end(crashed(reason + ", " + attempt->where()));
      } else if (!verdict->culprit || verdict->culprit == attempt.get()) {
        attempt->end(verdict->error);
      } else {
        attempt->end(Error{ErrorCode::engine_lost,
                           "the engine was ended because of another job: " + verdict->error.message, ""});
      }
    }
    attempts_.clear();
    for (auto& [number, question] : questions_) {
      answers_.emplace_back([question = std::move(question)] { question.done(job_not_running(question.job)); });
    }
    questions_.clear();
  }
  changed_.notify_all();
  give_answers();
}

void EngineSession::give_answers() {
  std::vector<std::function<void()>> answers;
  {
    const std::lock_guard lock(mutex_);
    answers.swap(answers_);
  }
  for (const auto& answer : answers) answer();
}

}  // namespace kiln::engine
