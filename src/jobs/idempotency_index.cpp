#include "jobs/idempotency_index.h"

#include <utility>

namespace kiln::jobs {

bool IdempotencyIndex::repeat(const IdempotencyKey& key, Waiter first) {
  const auto at = entries_.find(key.key);
  if (at == entries_.end()) return false;
  Entry& entry = at->second;
  if (entry.digest != key.digest) {
    first(Error{ErrorCode::idempotency_key_reused,
                "the idempotency key \"" + key.key + "\" came before with another request", ""});
  } else if (entry.id) {
    first(*entry.id);
  } else {
    entry.waiting.push_back(std::move(first));
  }
  return true;
}

void IdempotencyIndex::begin(const IdempotencyKey& key) { entries_[key.key].digest = key.digest; }

void IdempotencyIndex::end(const IdempotencyKey& key, const Result<JobId>& accepted) {
  const auto at = entries_.find(key.key);
  if (at == entries_.end()) return;
  const std::vector<Waiter> waiting = std::exchange(at->second.waiting, {});
  if (accepted) {
    at->second.id = *accepted;
  } else {
    entries_.erase(at);
  }
  for (const Waiter& waiter : waiting) waiter(accepted);
}

void IdempotencyIndex::put(const IdempotencyKey& key, const JobId& id) { entries_[key.key] = {key.digest, id, {}}; }

void IdempotencyIndex::erase(const IdempotencyKey& key, const JobId& id) {
  const auto at = entries_.find(key.key);
  if (at != entries_.end() && at->second.id == id) entries_.erase(at);
}

}  // namespace kiln::jobs
