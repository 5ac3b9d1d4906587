#include <algorithm>
#include <array>
#include <future>
#include <iterator>
#include <string>
#include <thread>

#include "codec/job_json.h"
#include "codec/render_request_json.h"
#include "store/sqlite_job_rows.h"
#include "store/sqlite_time.h"

namespace kiln::store {
namespace {

constexpr const char* kSelect =
    "SELECT sequence, id, state, attempt, engine_losses, revision, progress, created_at, started_at, finished_at, "
    "expired_at, error_code, error_message, error_pointer, request, report, cached, batch, batch_index, webhook, "
    "idempotency_key, idempotency_digest "
    "FROM jobs WHERE sequence BETWEEN ?1 AND ?2 ORDER BY sequence";

/// The columns of kSelect.
enum Column {
  kSequence,
  kId,
  kState,
  kAttempt,
  kEngineLosses,
  kRevision,
  kProgress,
  kCreatedAt,
  kStartedAt,
  kFinishedAt,
  kExpiredAt,
  kErrorCode,
  kErrorMessage,
  kErrorPointer,
  kRequest,
  kReport,
  kCached,
  kBatch,
  kBatchIndex,
  kWebhook,
  kIdempotencyKey,
  kIdempotencyDigest
};

Error unreadable(const std::string& why) { return {ErrorCode::io_error, why, ""}; }

std::optional<WallTime> time_or_none(const SqliteStatement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(wall_time(row.integer(column)));
}

std::shared_ptr<const IdempotencyKey> key_or_null(const SqliteStatement& row, int key, int digest) {
  if (row.is_null(key)) return nullptr;
  return std::make_shared<const IdempotencyKey>(
      IdempotencyKey{std::string(row.text(key)), std::string(row.text(digest))});
}

Result<std::shared_ptr<const WebhookTarget>> read_webhook(std::string_view text) {
  auto webhook = codec::from_text(text, "the webhook",
                                  [](const codec::Json& json) { return codec::webhook_target_from_json(json); });
  if (!webhook) return webhook.error();
  return std::make_shared<const WebhookTarget>(std::move(*webhook));
}

/// Reads one row after the other. Neighbours with the same request or webhook share it.
class JobReader {
 public:
  Result<JobPtr> read(const SqliteStatement& row) {
    auto job = std::make_shared<Job>();
    job->sequence = static_cast<std::uint64_t>(row.integer(kSequence));
    job->attempt = static_cast<std::uint32_t>(row.integer(kAttempt));
    job->engine_losses = static_cast<std::uint32_t>(row.integer(kEngineLosses));
    job->revision = static_cast<std::uint64_t>(row.integer(kRevision));
    job->progress = row.real(kProgress);
    job->created_at = wall_time(row.integer(kCreatedAt));
    job->started_at = time_or_none(row, kStartedAt);
    job->finished_at = time_or_none(row, kFinishedAt);
    job->expired_at = time_or_none(row, kExpiredAt);
    job->cached = row.integer(kCached) != 0;
    job->batch_index = static_cast<std::uint32_t>(row.integer(kBatchIndex));
    job->idempotency = key_or_null(row, kIdempotencyKey, kIdempotencyDigest);
    if (!row.is_null(kErrorCode)) {
      job->error = Error{code_from_name(row.text(kErrorCode)), std::string(row.text(kErrorMessage)),
                         std::string(row.text(kErrorPointer))};
    }
    if (auto named = read_names(row, *job); !named) return named.error();
    if (auto texts = read_texts(row, *job); !texts) return texts.error();
    return JobPtr(std::move(job));
  }

 private:
  static Result<void> read_names(const SqliteStatement& row, Job& job) {
    const auto id = job_id_from_string(row.text(kId));
    if (!id) return unreadable("\"" + std::string(row.text(kId)) + "\" is not the id of a job");
    const auto state = job_state_from_name(row.text(kState));
    if (!state) return unreadable("\"" + std::string(row.text(kState)) + "\" is not the state of a job");
    job.id = *id;
    job.state = *state;
    if (row.is_null(kBatch)) return {};
    job.batch = job_id_from_string(row.text(kBatch));
    if (!job.batch) return unreadable("\"" + std::string(row.text(kBatch)) + "\" is not the id of a batch");
    return {};
  }

  Result<void> read_texts(const SqliteStatement& row, Job& job) {
    if (!row.is_null(kReport)) {
      auto report = codec::from_text(row.text(kReport), "the report",
                                     [](const codec::Json& json) { return codec::render_report_from_json(json); });
      if (!report) return report.error();
      job.report = std::move(*report);
    }
    const std::string_view text = row.text(kRequest);
    if (!last_request_ || text != last_text_) {
      auto request = codec::from_text(text, "the request",
                                      [](const codec::Json& json) { return codec::render_request_from_json(json); });
      if (!request) return request.error();
      last_request_ = std::make_shared<const RenderRequest>(std::move(*request));
      last_text_ = text;
    }
    job.request = last_request_;
    if (row.is_null(kWebhook)) return {};
    if (!last_webhook_ || row.text(kWebhook) != last_webhook_text_) {
      auto webhook = read_webhook(row.text(kWebhook));
      if (!webhook) return webhook.error();
      last_webhook_ = std::move(*webhook);
      last_webhook_text_ = row.text(kWebhook);
    }
    job.webhook = last_webhook_;
    return {};
  }

  std::string last_text_, last_webhook_text_;
  std::shared_ptr<const RenderRequest> last_request_;
  std::shared_ptr<const WebhookTarget> last_webhook_;
};

struct Range {
  std::int64_t first = 0, last = 0;  ///< sequences, both included
};

Result<std::vector<JobPtr>> load_range(const std::filesystem::path& file, Range range) {
  auto database = SqliteDatabase::open(file, SqliteDatabase::Access::read_only);
  if (!database) return database.error();
  auto rows = database->prepare(kSelect);
  if (!rows) return rows.error();
  if (auto started = rows->start({range.first, range.last}); !started) return started.error();
  std::vector<JobPtr> jobs;
  JobReader reader;
  for (;;) {
    auto row = rows->next();
    if (!row) return row.error();
    if (!*row) return jobs;
    auto job = reader.read(*rows);
    if (!job) {
      return unreadable("job " + std::string(rows->text(kId)) + " in " + file.string() +
                        " cannot be read: " + job.error().message);
    }
    jobs.push_back(std::move(*job));
  }
}

/// Equal parts of the sequences in use.
Result<std::vector<Range>> split(const std::filesystem::path& file, std::int64_t parts) {
  auto database = SqliteDatabase::open(file, SqliteDatabase::Access::read_only);
  if (!database) return database.error();
  const auto first = database->query_integer("SELECT min(sequence) FROM jobs");
  const auto last = database->query_integer("SELECT max(sequence) FROM jobs");
  if (!first) return first.error();
  if (!last) return last.error();
  std::vector<Range> ranges;
  const std::int64_t step = (*last - *first) / parts + 1;
  for (std::int64_t begin = *first; begin <= *last; begin += step) {
    ranges.push_back({begin, std::min(begin + step - 1, *last)});
  }
  return ranges;
}

}  // namespace

Result<std::vector<JobPtr>> load_jobs(const std::filesystem::path& file) {
  const auto ranges = split(file, std::max(1u, std::thread::hardware_concurrency()));
  if (!ranges) return ranges.error();
  std::vector<std::future<Result<std::vector<JobPtr>>>> parts;
  for (const Range& range : *ranges) parts.push_back(std::async(std::launch::async, load_range, file, range));
  std::vector<JobPtr> jobs;
  for (auto& part : parts) {
    auto loaded = part.get();
    if (!loaded) return loaded;  // the other parts are waited for by their futures
    jobs.insert(jobs.end(), std::make_move_iterator(loaded->begin()), std::make_move_iterator(loaded->end()));
  }
  return jobs;
}

Result<std::vector<BatchPtr>> load_batches(const std::filesystem::path& file) {
  auto database = SqliteDatabase::open(file, SqliteDatabase::Access::read_only);
  if (!database) return database.error();
  auto rows = database->prepare(
      "SELECT id, size, created_at, webhook, idempotency_key, idempotency_digest FROM batches ORDER BY created_at, id");
  if (!rows) return rows.error();
  std::vector<BatchPtr> batches;
  for (;;) {
    auto row = rows->next();
    if (!row) return row.error();
    if (!*row) return batches;
    const std::string name = "batch " + std::string(rows->text(0)) + " in " + file.string();
    const auto id = job_id_from_string(rows->text(0));
    if (!id) return unreadable(name + " has no id");
    auto batch = std::make_shared<Batch>();
    batch->id = *id;
    batch->size = static_cast<std::uint32_t>(rows->integer(1));
    batch->created_at = wall_time(rows->integer(2));
    if (!rows->is_null(3)) {
      auto webhook = read_webhook(rows->text(3));
      if (!webhook) return unreadable(name + " cannot be read: " + webhook.error().message);
      batch->webhook = std::move(*webhook);
    }
    batch->idempotency = key_or_null(*rows, 4, 5);
    batches.push_back(std::move(batch));
  }
}

Result<std::vector<JobId>> load_forgotten_jobs(const std::filesystem::path& file) {
  auto database = SqliteDatabase::open(file, SqliteDatabase::Access::read_only);
  if (!database) return database.error();
  auto rows = database->prepare("SELECT id FROM expired_jobs ORDER BY position");
  if (!rows) return rows.error();
  std::vector<JobId> ids;
  for (;;) {
    auto row = rows->next();
    if (!row) return row.error();
    if (!*row) return ids;
    const auto id = job_id_from_string(rows->text(0));
    if (!id)
      return unreadable("\"" + std::string(rows->text(0)) + "\" in " + file.string() + " is not the id of a job");
    ids.push_back(*id);
  }
}

}  // namespace kiln::store
