#pragma once

#include "http/api.h"

/// What the routes of jobs do for the id of a batch.
namespace kiln::http {

/// The batch as JSON, with its eta. Null when there is no such batch.
SharedText batch_text(const Api& api, const JobId& id);

Task<Response> cancel_batch(Api& api, JobId id);
Task<Response> remove_batch(Api& api, JobId id);

/// The archive of its pictures once all jobs have ended. `id` is that of a batch.
Response batch_result(Api& api, const JobId& id);

}  // namespace kiln::http
