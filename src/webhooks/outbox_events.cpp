// What happens to jobs and batches, and what happened before the start.
#include <algorithm>
#include <chrono>
#include <set>
#include <stdexcept>
#include <utility>

#include "base/log.h"
#include "webhooks/events.h"
#include "webhooks/outbox_core.h"

namespace kiln::webhooks {
namespace {

constexpr std::size_t kMostUnstored = 1000;  // beyond them the next start makes the deliveries
constexpr std::size_t kPage = 1000;

bool wants(const WebhookTarget* target, std::string_view event) {
  return target != nullptr && std::find(target->events.begin(), target->events.end(), event) != target->events.end();
}

}  // namespace

/// An end counts when it is recent enough to be told of, and late enough that its delivery, had it been made, would
/// not have been forgotten again.
void Outbox::Core::take_up() {
  const auto index = store_.load_index();
  if (!index) throw std::runtime_error("cannot read the webhook deliveries: " + index.error().message);
  KnownIds known;
  known.reserve(index->entries.size());
  for (const store::DeliveryIndexEntry& entry : index->entries) {
    known.insert(entry.id);
    if (entry.next_at) wait_for(entry.url, *entry.next_at, entry.id);
  }
  using std::chrono::duration_cast;
  const std::chrono::duration<double> look_back(options_.look_back_s);
  look_back_to_ = now() - duration_cast<WallTime::duration>(look_back);
  if (index->ended >= options_.most_kept) look_back_to_ = std::max(look_back_to_, *index->oldest_ended);
  make_missing(known);
  if (schedule_.waiting() > 0) spdlog::info("{} webhook deliveries wait", schedule_.waiting());
}

/// The server ended between a job's end and the delivery that tells of it.
void Outbox::Core::make_missing(const KnownIds& known) {
  std::set<JobId> batches;
  jobs::ListQuery query;
  query.states = {JobState::succeeded, JobState::failed, JobState::cancelled};
  query.limit = kPage;
  for (;;) {
    const auto page = jobs_.list(query);
    if (!page) throw std::runtime_error("cannot list the jobs: " + page.error().message);
    for (const jobs::JobPtr& job : page->jobs) {
      if (!is_recent(job->finished_at)) continue;
      tell({job->id, end_event(job->state), *job->finished_at, job->webhook.get()}, jobs::JobView{job}, &known);
      if (job->batch) batches.insert(*job->batch);
    }
    if (!page->next) break;
    query.cursor = *page->next;
  }
  for (const JobId& id : batches) {
    const jobs::BatchView view = jobs_.find_batch(id);
    if (view.batch && is_recent(view.finished_at)) batch_ended(view, &known);
  }
}

bool Outbox::Core::is_recent(const std::optional<WallTime>& end) const { return end && *end > look_back_to_; }

void Outbox::Core::job_changed(const jobs::JobEvent& event) {
  const Job& job = *event.job;
  if (event.kind == jobs::JobEventKind::started) {
    tell({job.id, kJobStarted, *job.started_at, job.webhook.get()}, jobs::JobView{event.job}, nullptr);
  }
  if (event.kind != jobs::JobEventKind::finished) return;
  tell({job.id, end_event(job.state), *job.finished_at, job.webhook.get()}, jobs::JobView{event.job}, nullptr);
  if (!event.ends_batch || !job.batch) return;
  const jobs::BatchView view = jobs_.find_batch(*job.batch);
  if (view.batch && view.finished_at) batch_ended(view, nullptr);
}

void Outbox::Core::batch_ended(const jobs::BatchView& view, const KnownIds* known) {
  const Batch& batch = *view.batch;
  tell({batch.id, kBatchFinished, *view.finished_at, batch.webhook.get()}, view, known);
}

/// `known`: deliveries that are there, for what happened before the start; null: it happens now, whatever the clock
/// says (it may have been set back). A job that was begun before, by another process say, starts again: the id is that
/// of the first time, and the store has it already.
template <class View>
void Outbox::Core::tell(const Event& event, const View& view, const KnownIds* known) {
  const auto tell_one = [&](const WebhookTarget* target, bool for_all) {
    if (!wants(target, event.name)) return;
    auto stored = std::make_shared<store::StoredDelivery>();
    store::Delivery& delivery = stored->delivery;
    delivery.id = delivery_id(event.subject, event.name, for_all);
    if (known != nullptr && known->contains(delivery.id)) return;
    delivery.subject = to_string(event.subject);
    delivery.event = event.name;
    delivery.url = target->url;
    delivery.created_at = std::chrono::floor<std::chrono::microseconds>(event.at);
    if (schedule_.waiting() < options_.most_waiting) {
      delivery.next_at = now();
    } else {
      delivery.state = store::DeliveryState::failed;
      delivery.finished_at = now();
      delivery.last_error = "too many deliveries waited";
    }
    stored->body = event_body(event.name, event.at, text_of(view));
    record(stored);
  };
  tell_one(event.target, false);
  if (known == nullptr || event.at >= options_.for_all_since) tell_one(options_.for_all.get(), true);
}

void Outbox::Core::record(const StoredPtr& delivery) {
  store_.insert(delivery, guarded([this, delivery](const Result<void>& result) { stored(delivery, result); }));
}

void Outbox::Core::stored(const StoredPtr& delivery, const Result<void>& result) {
  const store::Delivery& made = delivery->delivery;
  if (result && !made.next_at) ++stats_.failed;
  if (result && made.next_at) wait_for(made.url, *made.next_at, made.id);
  if (result) {
    storing_fails_ = false;
    return pump();
  }
  if (result.error().code == ErrorCode::internal) return;  // it is there already
  if (unstored_.size() >= kMostUnstored) return;
  unstored_.push_back(delivery);
  if (storing_again_ || draining_) return;
  if (!std::exchange(storing_fails_, true)) {
    spdlog::warn("webhook deliveries cannot be stored and are kept in memory until they can: {}",
                 result.error().message);
  }
  storing_again_ = true;
  const std::chrono::duration<double> wait(options_.store_retry_s);
  store_timer_.expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(wait));
  store_timer_.async_wait(guarded([this](const boost::system::error_code& cancelled) {
    storing_again_ = false;
    if (!cancelled) store_again();
  }));
}

void Outbox::Core::store_again() {
  for (const StoredPtr& delivery : std::exchange(unstored_, {})) record(delivery);
}

}  // namespace kiln::webhooks
