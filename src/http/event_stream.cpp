#include "http/event_stream.h"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

#include "http/event_hub.h"

namespace kiln::http {
namespace {

constexpr std::string_view kRetry = "retry: 2000\n\n";  // milliseconds
constexpr std::string_view kHeartbeat = ":\n\n";
constexpr std::size_t kSnapshotJobs = 1000;  ///< at most
constexpr std::size_t kJobsAtOnce = 16;
constexpr std::size_t kPieceBytes = 16 << 10;
constexpr std::chrono::seconds kBetweenPositions{1};

Deadlines::Time now() { return std::chrono::steady_clock::now(); }

SharedText shared(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

/// That the end is expected elsewhere than it was said to be, by more than a person would notice.
bool has_moved(Deadlines::Time told, Deadlines::Time expected) {
  const auto shift = std::chrono::abs(expected - told);
  return shift > std::max<Deadlines::Time::duration>(std::chrono::seconds(1), (expected - now()) / 10);
}

std::optional<Deadlines::Time> finish_of(const std::optional<jobs::Eta>& eta) {
  if (!eta) return std::nullopt;
  return now() + std::chrono::duration_cast<Deadlines::Time::duration>(std::chrono::duration<double>(eta->finish_s));
}

}  // namespace

EventStream::EventStream(EventHub& hub, const std::optional<JobId>& subject, std::optional<std::uint64_t> after)
    : hub_(hub),
      subject_(subject),
      opening_(kRetry),
      look_at_(now()),
      sent_at_(look_at_),
      heartbeat_(hub.deadlines()),
      position_(hub.deadlines()),
      at_(hub.streams().emplace(subject, this)) {
  opening_is_all_ = hub_.ended();
  if (opening_is_all_) return;
  heartbeat_.set(sent_at_ + hub_.settings().heartbeat, [this] { beat(); });
  if (after) {
    pending_ = hub_.log().find(*after + 1, subject_);
  } else {
    begin_with_present_state();
  }
  watch_position();
}

EventStream::~EventStream() { hub_.streams().erase(at_); }

void EventStream::begin_with_present_state() {
  EventLog& log = hub_.log();
  if (subject_) {
    const EventHub::Present present = hub_.present(*subject_);
    told_position_ = present.position;
    opening_ += event_text(log.id_of(log.last()), "state", present.json);
    opening_is_all_ = !present.state || is_final(*present.state);
    return;
  }
  jobs::ListQuery open;
  open.states = {JobState::queued, JobState::running, JobState::cancelling};
  open.limit = kSnapshotJobs;
  if (auto page = hub_.jobs().list(open)) snapshot_ = std::move(page->jobs);
  std::reverse(snapshot_.begin(), snapshot_.end());
  snapshot_number_ = log.last();
  in_snapshot_ = true;
}

Task<SharedText> EventStream::next() {
  while (true) {
    SharedText piece = take();
    if (piece != nullptr) sent_at_ = now();
    if (piece != nullptr || ended_) co_return piece;
    const auto wait = [this](std::function<void(std::monostate)> answer) { answer_ = std::move(answer); };
    co_await await_callback<std::monostate>(wait);
  }
}

void EventStream::stop() {
  ended_ = true;
  wake();
}

void EventStream::happened(std::uint64_t number) {
  if (ended_) return;
  if (pending_ == 0) pending_ = number;
  watch_position();
  wake();
}

void EventStream::wake() {
  if (!answer_) return;
  hub_.turns().add([answer = std::exchange(answer_, nullptr)] { answer({}); });
}

SharedText EventStream::take() {
  if (ended_) return nullptr;
  if (!opening_.empty()) {
    ended_ = opening_is_all_;
    return shared(std::exchange(opening_, {}));
  }
  if (in_snapshot_) return take_snapshot();
  if (pending_ != 0) return take_events();
  if (std::exchange(position_due_, false)) return take_position();
  if (std::exchange(heartbeat_due_, false)) return shared(std::string(kHeartbeat));
  return nullptr;
}

/// Some jobs at a time, as they are now. Those that changed their state since the stream began are left out: the event
/// is pending. The number comes at the end, so that a client that is cut off before begins anew.
SharedText EventStream::take_snapshot() {
  std::string text;
  for (std::size_t i = 0; i < kJobsAtOnce && !snapshot_.empty(); ++i) {
    const jobs::JobPtr then = std::move(snapshot_.back());
    snapshot_.pop_back();
    const EventHub::Present present = hub_.present(then->id);
    if (present.state == then->state) text += event_text({}, "state", present.json);
  }
  if (snapshot_.empty()) {
    in_snapshot_ = false;
    std::exchange(snapshot_, {});
    text += event_text(hub_.log().id_of(snapshot_number_), {}, {});
  }
  return shared(std::move(text));
}

SharedText EventStream::take_events() {
  EventLog& log = hub_.log();
  if (pending_ < log.first()) {
    spdlog::debug("a reader of events was dropped: it lagged behind by more than are kept");
    ended_ = true;
    return nullptr;
  }
  SharedText first = log.text(pending_);
  step();
  if (pending_ == 0) return first;
  std::string several = *first;
  while (pending_ != 0 && several.size() < kPieceBytes) {
    several += *log.text(pending_);
    step();
  }
  return shared(std::move(several));
}

/// Goes from the pending event to the one after it.
void EventStream::step() {
  const Event& event = hub_.log().event(pending_);
  ended_ = event.last && subject_ == event.subject;
  pending_ = ended_ ? 0 : hub_.log().find(pending_ + 1, subject_);
}

/// Null when the job is not queued any more.
SharedText EventStream::take_position() {
  const jobs::JobView view = hub_.jobs().find(*subject_);
  if (view.job == nullptr || view.job->state != JobState::queued) return nullptr;
  const auto eta = hub_.jobs().eta(*subject_);
  told_position_ = view.position;
  told_finish_ = finish_of(eta);
  const Json data{{"id", to_string(*subject_)}, {"position", view.position}, {"eta", to_json(eta)}};
  return shared(event_text({}, "position", to_text(data)));
}

/// A line now and then keeps proxies from closing what lies idle, and finds out who has left without a word.
void EventStream::beat() {
  const Time due = sent_at_ + hub_.settings().heartbeat;
  const bool is_due = now() >= due;
  if (is_due && answer_) {
    heartbeat_due_ = true;
    wake();
  }
  heartbeat_.set(is_due ? now() + hub_.settings().heartbeat : due, [this] { beat(); });
}

void EventStream::watch_position() {
  if (!subject_ || position_.is_set()) return;
  const jobs::JobView view = hub_.jobs().find(*subject_);
  if (view.job == nullptr || view.job->state != JobState::queued) return;
  look_at_ = std::max(look_at_ + kBetweenPositions, now());  // each stream keeps its own part of the second
  position_.set(look_at_, [this] { look_at_position(); });
}

void EventStream::look_at_position() {
  const jobs::JobView view = hub_.jobs().find(*subject_);
  if (ended_ || view.job == nullptr || view.job->state != JobState::queued) return;
  const auto finish = finish_of(hub_.jobs().eta(*subject_));
  const bool moved = finish.has_value() != told_finish_.has_value() || (finish && has_moved(*told_finish_, *finish));
  if (moved || view.position != told_position_) {
    position_due_ = true;
    wake();
  }
  watch_position();
}

}  // namespace kiln::http
