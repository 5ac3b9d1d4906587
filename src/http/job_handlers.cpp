#include <charconv>
#include <sys/stat.h>

#include "http/api.h"
#include "http/batch_handlers.h"
#include "http/problem.h"
#include "http/range.h"
#include "http/target.h"
#include "http/waiting.h"

namespace kiln::http {

Result<std::size_t> page_size_from(const std::string& text) {
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error == std::errc() && end == text.data() + text.size() && size >= 1 && size <= kMaxPageSize) return size;
  return Error{ErrorCode::invalid_request, "limit is a number from 1 to " + std::to_string(kMaxPageSize), ""};
}

namespace {

Response unknown_job(const std::string& text) {
  return problem_response(Error{ErrorCode::unknown_job, "there is no job \"" + text + "\"", ""});
}

Response status_response(Api& api, const JobId& id) {
  const jobs::JobView view = api.jobs.find(id);
  const SharedText text = view.job != nullptr ? api.job_texts.text_of(view) : batch_text(api, id);
  if (text == nullptr) return problem_response(api.jobs.missing(id));
  Response response = json_response(200, text);
  response.headers = "Cache-Control: no-store\r\n";
  return response;
}

Task<Response> get_status(Api& api, Call& call) {
  const auto id = job_id_from_string(call.parameter);
  if (!id) co_return unknown_job(call.parameter);
  if (call.request.query.empty()) co_return status_response(api, *id);
  const auto wait_s = wait_from_query(call.request.query);
  if (!wait_s) co_return problem_response(wait_s.error());
  const double waited_s = co_await wait_until(api, call, *id, Until::another_state, wait_s->value_or(0));
  if (api.hub.closed) co_return Response{};
  Response response = status_response(api, *id);
  response.waited_s = waited_s;
  co_return response;
}

Task<Response> post_cancel(Api& api, Call& call) {
  const auto id = job_id_from_string(call.parameter);
  if (!id) co_return unknown_job(call.parameter);
  if (api.jobs.find_batch(*id).batch) co_return co_await cancel_batch(api, *id);
  const auto job = co_await await_callback<Result<jobs::JobPtr>>(
      [&](jobs::JobCallback done) { api.jobs.cancel(*id, std::move(done)); });
  if (!job) co_return problem_response(job.error());
  co_return json_response(200, api.job_texts.text_of({*job, 0}));
}

Task<Response> delete_job(Api& api, Call& call) {
  const auto id = job_id_from_string(call.parameter);
  if (!id) co_return unknown_job(call.parameter);
  if (api.jobs.find_batch(*id).batch) co_return co_await remove_batch(api, *id);
  const auto removed =
      co_await await_callback<Result<void>>([&](jobs::DoneCallback done) { api.jobs.remove(*id, std::move(done)); });
  if (!removed) co_return problem_response(removed.error());
  api.job_texts.forget(*id);
  Response response;
  response.status = 204;
  co_return response;
}

/// Opens a result and lays it out as the Range header wants it.
Response file_response(const jobs::ResultFile& result, const Request& request) {
  const Job& job = *result.job;
  const std::string etag = "\"" + job.report->result_sha256 + "\"";
  Response response;
  response.add_header("ETag", etag);
  response.add_header("Cache-Control", "private, max-age=31536000, immutable");
  if (job.report->partial) response.add_header("Kiln-Partial", "?1");
  if (etag_matches(request.header("if-none-match"), etag)) {
    response.status = 304;
    return response;
  }
  auto fd = open_regular_file(result.path);
  struct stat info {};
  if (!fd || ::fstat(fd->get(), &info) != 0) {
    return problem_response(Error{ErrorCode::io_error, "the picture cannot be read", ""});
  }
  const auto size = static_cast<std::uint64_t>(info.st_size);
  const std::string_view if_range = request.header("if-range");
  const bool ranged = request.method == Method::get && (if_range.empty() || if_range == etag);  // RFC 9110, 14.2
  const ByteRange range = ranged ? parse_range(request.header("range"), size) : ByteRange{};
  if (range.kind == RangeKind::unsatisfiable) {
    Response refused = problem_response(TransportProblem{416, "range_not_satisfiable", "no byte lies in this range"});
    refused.close = false;
    refused.add_header("Content-Range", "bytes */" + std::to_string(size));
    return refused;
  }
  FileBody body{std::move(*fd), 0, size};
  if (range.kind == RangeKind::part) {
    response.status = 206;
    response.add_header("Content-Range", "bytes " + std::to_string(range.offset) + "-" +
                                             std::to_string(range.offset + range.length - 1) + "/" +
                                             std::to_string(size));
    body.offset = range.offset;
    body.length = range.length;
  }
  response.content_type = media_type_of(job.request->format);
  response.add_header("Accept-Ranges", "bytes");
  response.add_header("Content-Disposition", "inline; filename=\"" + to_string(job.id) + "." +
                                                 std::string(name_of(job.request->format)) + "\"");
  response.body = std::move(body);
  return response;
}

Response result_response(Api& api, const JobId& id, const Request& request) {
  if (api.jobs.find_batch(id).batch) return batch_result(api, id);
  const auto result = api.jobs.result(id);
  if (result) return file_response(*result, request);
  const jobs::JobView view = api.jobs.find(id);
  const bool failed = view.job != nullptr && view.job->state == JobState::failed;
  if (!failed) return problem_response(result.error());
  const Error why{result.error().code, "the job failed, there is no picture: " + result.error().message,
                  result.error().pointer};
  return problem_response(409, why);
}

Task<Response> get_result(Api& api, Call& call) {
  const auto id = job_id_from_string(call.parameter);
  if (!id) co_return unknown_job(call.parameter);
  const auto wait_s = wait_from_query(call.request.query);
  if (!wait_s) co_return problem_response(wait_s.error());
  const double waited_s = co_await wait_until(api, call, *id, Until::final, wait_s->value_or(0));
  if (api.hub.closed) co_return Response{};
  Response response = result_response(api, *id, call.request);
  response.waited_s = waited_s;
  co_return response;
}

/// "queued,running"
Result<std::vector<JobState>> states_from(std::string_view text) {
  std::vector<JobState> states;
  while (true) {
    const std::size_t comma = text.find(',');
    const auto state = job_state_from_name(text.substr(0, comma));
    if (!state) {
      const std::string name(text.substr(0, comma));
      return Error{ErrorCode::invalid_request, "there is no status \"" + name + "\"", ""};
    }
    states.push_back(*state);
    if (comma == std::string_view::npos) return states;
    text.remove_prefix(comma + 1);
  }
}

Result<jobs::ListQuery> list_query_from(std::string_view text) {
  const auto parameters = parse_query(text);
  if (!parameters) return Error{ErrorCode::invalid_request, "the query string has a broken percent escape", ""};
  jobs::ListQuery query;
  for (const auto& [name, value] : *parameters) {
    if (name == "limit") {
      const auto limit = page_size_from(value);
      if (!limit) return limit.error();
      query.limit = *limit;
    } else if (name == "batch") {
      query.batch = job_id_from_string(value);
      if (!query.batch) return Error{ErrorCode::unknown_job, "there is no batch \"" + value + "\"", ""};
    } else if (name == "cursor") {
      query.cursor = value;
    } else if (name == "status") {
      auto states = states_from(value);
      if (!states) return states.error();
      query.states = std::move(*states);
    } else if (name == "order" && (value == "newest" || value == "oldest")) {
      query.newest_first = value == "newest";
    } else {
      return Error{ErrorCode::unknown_member, "a list of jobs does not know " + name + "=" + value, ""};
    }
  }
  return query;
}

Task<Response> get_jobs(Api& api, Call& call) {
  const auto query = list_query_from(call.request.query);
  if (!query) co_return problem_response(query.error());
  const auto page = api.jobs.list(*query);
  if (!page) co_return problem_response(page.error());
  Json jobs = Json::array();
  for (const jobs::JobPtr& job : page->jobs) jobs.push_back(to_json(api.jobs.find(job->id), api.jobs.eta(job->id)));
  Json body{{"jobs", std::move(jobs)}, {"next", page->next ? Json(*page->next) : Json()}};
  co_return json_response(200, to_text(body));
}

}  // namespace

void add_job_routes(Router& router, const ApiPtr& api) {
  router.add(Method::get, "/status/{id}", with(api, get_status));
  router.add(Method::get, "/result/{id}", with(api, get_result));
  router.add(Method::post, "/cancel/{id}", with(api, post_cancel));
  router.add(Method::get, "/jobs", with(api, get_jobs));
  router.add(Method::del, "/jobs/{id}", with(api, delete_job));
}

}  // namespace kiln::http
