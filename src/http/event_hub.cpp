#include "http/event_hub.h"

#include <utility>

#include "base/job_id.h"
#include "http/batch_codec.h"

namespace kiln::http {
namespace {

constexpr std::chrono::milliseconds kBetweenProgress{250};
constexpr std::size_t kEpochLength = 8;

bool reveals_a_loss(const jobs::JobEvent& event) {
  return event.kind == jobs::JobEventKind::requeued && event.reason && *event.reason != ErrorCode::draining;
}

Event removal(const JobId& id, const std::optional<JobId>& batch) {
  return {id, batch, true, "removed", to_text({{"id", to_string(id)}})};
}

}  // namespace

EventHub::EventHub(jobs::Service& jobs, JobTexts& texts, Turns& turns, Deadlines& deadlines,
                   const EventSettings& settings)
    : jobs_(jobs),
      texts_(texts),
      turns_(turns),
      deadlines_(deadlines),
      settings_(settings),
      log_(settings.history, to_string(random_job_id()).substr(0, kEpochLength)),
      pace_(kBetweenProgress),
      progress_due_(deadlines) {}

std::unique_ptr<BodyStream> EventHub::open(const std::optional<JobId>& subject, std::string_view last_event_id) {
  const auto after = log_.number_of(last_event_id);
  if (after && subject && log_.find(*after + 1, subject) == 0) {
    const auto state = present(*subject).state;
    if (!state || is_final(*state)) return nullptr;
  }
  return std::make_unique<EventStream>(*this, subject, after);
}

void EventHub::end_all() {
  ended_ = true;
  progress_due_.drop();
  for (const auto& [subject, stream] : streams_) stream->stop();
}

EventHub::Present EventHub::present(const JobId& id) {
  if (const jobs::JobView view = jobs_.find(id); view.job != nullptr) {
    return {view.job->state, view.position, *texts_.text_of(view)};
  }
  const jobs::BatchView view = jobs_.find_batch(id);
  if (view.batch == nullptr) return {};
  return {view.state, 0, to_text(to_json(view, jobs_.eta(id)))};
}

bool EventHub::heard(const Event& event) const {
  return streams_.contains(std::nullopt) || streams_.contains(event.subject) ||
         (event.batch && streams_.contains(event.batch));
}

void EventHub::append(Event event) {
  if (ended_) return;
  const JobId subject = event.subject;
  const std::optional<JobId> batch = event.batch;
  // What somebody hears now is told as /status tells it now; the text of the rest is made if it is ever replayed.
  const auto* view = std::get_if<jobs::JobView>(&event.data);
  if (view != nullptr && heard(event)) event.data = *texts_.text_of(*view);
  const std::uint64_t number = log_.append(std::move(event));
  const auto tell = [&](const std::optional<JobId>& listening) {
    const auto [first, last] = streams_.equal_range(listening);
    for (auto at = first; at != last; ++at) at->second->happened(number);
  };
  tell(std::nullopt);
  tell(subject);
  if (batch) tell(batch);
}

void EventHub::job_changed(const jobs::JobEvent& event) {
  using Kind = jobs::JobEventKind;
  const Job& job = *event.job;
  if (event.kind == Kind::progressed) return report_progress(job);
  pace_.forget(job.id);
  if (event.kind == Kind::removed) {
    lost_.erase(job.id);
    append(removal(job.id, job.batch));
  } else if (event.kind != Kind::accepted || !is_final(job.state)) {  // else its end is told right behind
    state_changed(event);
  }
  if (job.batch && event.kind != Kind::expired) batch_changed(event);
}

void EventHub::state_changed(const jobs::JobEvent& event) {
  const Job& job = *event.job;
  if (reveals_a_loss(event)) {
    lost_.insert(job.id);
    engine_event(job, "lost", job.attempt - 1, event.reason);
  }
  append({job.id, job.batch, is_final(job.state), "state", jobs_.find(job.id)});
  const bool waited = (job.state == JobState::running || is_final(job.state)) && lost_.erase(job.id) > 0;
  if (waited && job.state == JobState::running) engine_event(job, "resumed", job.attempt, {});
}

/// Its state is told when it is another one, and its end once, although a batch of pictures that were there already has
/// ended before the first of its jobs is told. One that loses its jobs one by one is of no interest.
void EventHub::batch_changed(const jobs::JobEvent& event) {
  const JobId& id = *event.job->batch;
  const jobs::BatchView view = jobs_.find_batch(id);
  if (view.batch == nullptr || is_final(view.state)) {
    if (view.batch == nullptr) append(removal(id, {}));
    if (event.ends_batch) append({id, {}, true, "state", to_text(to_json(view))});
    batches_.erase(id);
    pace_.forget(id);
  } else if (event.kind != jobs::JobEventKind::removed) {
    const auto [told, first] = batches_.try_emplace(id, view.state);
    if (!first && std::exchange(told->second, view.state) == view.state) return;
    append({id, {}, false, "state", to_text(to_json(view, jobs_.eta(id)))});
  }
}

void EventHub::engine_event(const Job& job, std::string_view what, std::uint32_t attempt,
                            const std::optional<ErrorCode>& code) {
  const Json data{{"id", to_string(job.id)},
                  {"what", what},
                  {"attempt", attempt},
                  {"code", code ? Json(code_name(*code)) : Json()}};
  append({job.id, job.batch, false, "engine", to_text(data)});
}

void EventHub::report_progress(const Job& job) {
  const Deadlines::Time now = std::chrono::steady_clock::now();
  if (pace_.report(job.id, now)) tell_progress(job.id);
  if (job.batch && pace_.report(*job.batch, now)) tell_progress(*job.batch);
  watch_progress();
}

void EventHub::watch_progress() {
  const auto next = pace_.next();
  if (!next || progress_due_.is_set()) return;
  progress_due_.set(*next, [this] {
    for (const JobId& id : pace_.due(std::chrono::steady_clock::now())) tell_progress(id);
    watch_progress();
  });
}

void EventHub::tell_progress(const JobId& id) {
  const jobs::JobView view = jobs_.find(id);
  const double progress = view.job != nullptr ? view.job->progress : jobs_.find_batch(id).progress;
  const Json data{{"id", to_string(id)}, {"progress", progress}, {"eta", to_json(jobs_.eta(id))}};
  append({id, view.job != nullptr ? view.job->batch : std::nullopt, false, "progress", to_text(data)});
}

}  // namespace kiln::http
