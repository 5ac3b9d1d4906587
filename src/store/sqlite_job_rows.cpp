#include "store/sqlite_job_rows.h"

#include <string>

#include "codec/job_json.h"
#include "codec/render_request_json.h"
#include "store/sqlite_time.h"

namespace kiln::store {
namespace {

constexpr const char* kInsert =
    "INSERT INTO jobs (sequence, id, state, attempt, engine_losses, revision, progress, created_at, started_at, "
    "finished_at, expired_at, error_code, error_message, error_pointer, request, report, cached, batch, batch_index, "
    "webhook, idempotency_key, idempotency_digest) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)";
constexpr const char* kInsertBatch =
    "INSERT INTO batches (id, size, created_at, webhook, idempotency_key, idempotency_digest) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
constexpr const char* kUpdate =
    "UPDATE jobs SET state = ?3, attempt = ?4, engine_losses = ?5, revision = ?6, progress = ?7, started_at = ?8, "
    "finished_at = ?9, expired_at = ?10, error_code = ?11, error_message = ?12, error_pointer = ?13, report = ?14 "
    "WHERE id = ?1 AND attempt = ?2";
// Before the job itself goes: its batch, when it is the last of it.
constexpr const char* kDropBatch =
    "DELETE FROM batches WHERE id = (SELECT batch FROM jobs WHERE id = ?1) "
    "AND NOT EXISTS (SELECT 1 FROM jobs WHERE batch = batches.id AND id <> ?1)";
constexpr const char* kRememberBatch =
    "INSERT OR REPLACE INTO expired_jobs (id, expired_at) SELECT batch, ?2 FROM jobs AS last WHERE id = ?1 "
    "AND batch IS NOT NULL AND NOT EXISTS (SELECT 1 FROM jobs WHERE batch = last.batch AND id <> ?1)";
constexpr const char* kRemove = "DELETE FROM jobs WHERE id = ?1";
constexpr const char* kRemember = "INSERT OR REPLACE INTO expired_jobs (id, expired_at) VALUES (?1, ?2)";
// A fresh position is always one above the highest.
constexpr const char* kTrim =
    "DELETE FROM expired_jobs WHERE position <= (SELECT max(position) FROM expired_jobs) - ?1";

using OptionalText = std::optional<std::string_view>;

OptionalText code_of(const Job& job) { return job.error ? OptionalText(code_name(job.error->code)) : std::nullopt; }
OptionalText message_of(const Job& job) { return job.error ? OptionalText(job.error->message) : std::nullopt; }
OptionalText pointer_of(const Job& job) { return job.error ? OptionalText(job.error->pointer) : std::nullopt; }

std::optional<std::string> report_text(const Job& job) {
  return job.report ? std::optional(codec::to_text(codec::to_json(*job.report))) : std::nullopt;
}

std::optional<std::string> webhook_text(const std::shared_ptr<const WebhookTarget>& webhook) {
  return webhook ? std::optional(codec::to_text(codec::to_json(*webhook))) : std::nullopt;
}

using KeyPtr = std::shared_ptr<const IdempotencyKey>;
OptionalText key_of(const KeyPtr& key) { return key ? OptionalText(key->key) : std::nullopt; }
OptionalText digest_of(const KeyPtr& key) { return key ? OptionalText(key->digest) : std::nullopt; }

SqliteValue whole(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

Result<SqliteJobRows> SqliteJobRows::prepare(SqliteDatabase& database) {
  SqliteJobRows rows(database);
  struct Pair {
    SqliteStatement& statement;
    const char* sql;
  };
  for (const Pair& pair :
       {Pair{rows.insert_, kInsert}, Pair{rows.insert_batch_, kInsertBatch}, Pair{rows.update_, kUpdate},
        Pair{rows.drop_batch_, kDropBatch}, Pair{rows.remove_, kRemove}, Pair{rows.remember_, kRemember},
        Pair{rows.remember_batch_, kRememberBatch}, Pair{rows.trim_, kTrim}}) {
    auto prepared = database.prepare(pair.sql);
    if (!prepared) return prepared.error();
    pair.statement = std::move(*prepared);
  }
  return rows;
}

Result<void> SqliteJobRows::insert(const Job& job) {
  const std::string id = to_string(job.id);
  const codec::Json request = codec::to_json(*job.request);
  // A row that cannot be read back would keep the next server from starting.
  if (request.at("metadata").is_discarded()) {
    return Error{ErrorCode::internal, "the metadata of job " + id + " are not JSON", ""};
  }
  const std::string request_text = codec::to_text(request);
  const std::optional<std::string> report = report_text(job), webhook = webhook_text(job.webhook);
  const std::optional<std::string> batch = job.batch ? std::optional(to_string(*job.batch)) : std::nullopt;
  return insert_.run({whole(job.sequence),
                      id,
                      name_of(job.state),
                      whole(job.attempt),
                      whole(job.engine_losses),
                      whole(job.revision),
                      job.progress,
                      microseconds(job.created_at),
                      value_or_null(microseconds(job.started_at)),
                      value_or_null(microseconds(job.finished_at)),
                      value_or_null(microseconds(job.expired_at)),
                      value_or_null(code_of(job)),
                      value_or_null(message_of(job)),
                      value_or_null(pointer_of(job)),
                      request_text,
                      value_or_null(report),
                      whole(job.cached ? 1 : 0),
                      value_or_null(batch),
                      whole(job.batch_index),
                      value_or_null(webhook),
                      value_or_null(key_of(job.idempotency)),
                      value_or_null(digest_of(job.idempotency))});
}

/// A row that cannot be made leaves the transaction of the whole group good: only what belongs to this batch is undone.
Result<void> SqliteJobRows::insert_batch(const Batch& batch, std::span<const JobPtr> jobs) {
  if (auto begun = database_->execute("SAVEPOINT batch"); !begun) return begun;
  auto inserted = insert_rows(batch, jobs);
  if (inserted) return database_->execute("RELEASE batch");
  if (database_->in_transaction()) database_->execute("ROLLBACK TO batch; RELEASE batch");
  return inserted;
}

Result<void> SqliteJobRows::insert_rows(const Batch& batch, std::span<const JobPtr> jobs) {
  const std::string id = to_string(batch.id);
  const std::optional<std::string> webhook = webhook_text(batch.webhook);
  auto inserted =
      insert_batch_.run({id, whole(batch.size), microseconds(batch.created_at), value_or_null(webhook),
                         value_or_null(key_of(batch.idempotency)), value_or_null(digest_of(batch.idempotency))});
  for (auto job = jobs.begin(); inserted && job != jobs.end(); ++job) inserted = insert(**job);
  return inserted;
}

Result<void> SqliteJobRows::update(const Job& job, std::uint32_t expected_attempt) {
  const std::string id = to_string(job.id);
  const std::optional<std::string> report = report_text(job);
  auto done = update_.run({id, whole(expected_attempt), name_of(job.state), whole(job.attempt),
                           whole(job.engine_losses), whole(job.revision), job.progress,
                           value_or_null(microseconds(job.started_at)), value_or_null(microseconds(job.finished_at)),
                           value_or_null(microseconds(job.expired_at)), value_or_null(code_of(job)),
                           value_or_null(message_of(job)), value_or_null(pointer_of(job)), value_or_null(report)});
  if (!done || update_.changed() == 1) return done;
  return Error{ErrorCode::engine_lost,
               "job " + id + " is not at attempt " + std::to_string(expected_attempt) + " any more", ""};
}

Result<void> SqliteJobRows::remove(const JobId& id) {
  const std::string text = to_string(id);
  if (auto dropped = drop_batch_.run({text}); !dropped) return dropped;
  return remove_.run({text});
}

Result<void> SqliteJobRows::forget(const JobId& id, WallTime now, std::size_t most) {
  const std::string text = to_string(id);
  if (auto remembered = remember_.run({text, microseconds(now)}); !remembered) return remembered;
  if (auto remembered = remember_batch_.run({text, microseconds(now)}); !remembered) return remembered;
  if (auto trimmed = trim_.run({whole(most)}); !trimmed) return trimmed;
  return remove(id);
}

}  // namespace kiln::store
