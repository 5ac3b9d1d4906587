#include "store/sqlite_job_rows.h"

#include <string>

#include "codec/job_json.h"
#include "codec/render_request_json.h"
#include "store/sqlite_time.h"

namespace kiln::store {
namespace {

constexpr const char* kInsert =
    "INSERT INTO jobs (sequence, id, state, attempt, engine_losses, revision, progress, created_at, started_at, "
    "finished_at, expired_at, error_code, error_message, error_pointer, request, report) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
constexpr const char* kUpdate =
    "UPDATE jobs SET state = ?3, attempt = ?4, engine_losses = ?5, revision = ?6, progress = ?7, started_at = ?8, "
    "finished_at = ?9, expired_at = ?10, error_code = ?11, error_message = ?12, error_pointer = ?13, report = ?14 "
    "WHERE id = ?1 AND attempt = ?2";
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

SqliteValue whole(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

Result<SqliteJobRows> SqliteJobRows::prepare(SqliteDatabase& database) {
  SqliteJobRows rows;
  struct Pair {
    SqliteStatement& statement;
    const char* sql;
  };
  for (const Pair& pair : {Pair{rows.insert_, kInsert}, Pair{rows.update_, kUpdate}, Pair{rows.remove_, kRemove},
                           Pair{rows.remember_, kRemember}, Pair{rows.trim_, kTrim}}) {
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
  const std::optional<std::string> report = report_text(job);
  return insert_.run({whole(job.sequence), id, name_of(job.state), whole(job.attempt), whole(job.engine_losses),
                      whole(job.revision), job.progress, microseconds(job.created_at),
                      value_or_null(microseconds(job.started_at)), value_or_null(microseconds(job.finished_at)),
                      value_or_null(microseconds(job.expired_at)), value_or_null(code_of(job)),
                      value_or_null(message_of(job)), value_or_null(pointer_of(job)), request_text,
                      value_or_null(report)});
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
  return remove_.run({text});
}

Result<void> SqliteJobRows::forget(const JobId& id, WallTime now, std::size_t most) {
  const std::string text = to_string(id);
  if (auto remembered = remember_.run({text, microseconds(now)}); !remembered) return remembered;
  if (auto trimmed = trim_.run({whole(most)}); !trimmed) return trimmed;
  return remove_.run({text});
}

}  // namespace kiln::store
