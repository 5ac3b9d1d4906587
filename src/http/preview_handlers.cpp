#include <spdlog/fmt/fmt.h>

#include "http/api.h"
#include "http/problem.h"
#include "http/range.h"

namespace kiln::http {
namespace {

/// A picture that has not changed is not sent again: the attempt and its samples decide all its bytes.
Task<Response> get_preview(Api& api, Call& call) {
  const auto id = job_id_from_string(call.parameter);
  if (!id) co_return problem_response(Error{ErrorCode::unknown_job, "there is no job \"" + call.parameter + "\"", ""});
  const auto so_far = co_await await_callback<Result<jobs::SoFarPtr>>(
      [&](jobs::SoFarCallback done) { api.jobs.preview(*id, std::move(done)); });
  if (!so_far) co_return problem_response(so_far.error());
  const jobs::PictureSoFar& picture = **so_far;
  const std::string samples = fmt::format("{}", picture.samples_per_pixel);
  const std::string etag = fmt::format("\"{}-{}\"", picture.attempt, samples);
  Response response;
  response.add_header("ETag", etag);
  response.add_header("Cache-Control", "no-cache");
  response.add_header("Kiln-Samples-Per-Pixel", samples);
  if (etag_matches(call.request.header("if-none-match"), etag)) {
    response.status = 304;
    co_return response;
  }
  response.content_type = "image/png";
  response.body = picture.png;
  co_return response;
}

}  // namespace

void add_preview_routes(Router& router, const ApiPtr& api) {
  router.add(Method::get, "/preview/{id}", with(api, get_preview));
}

}  // namespace kiln::http
