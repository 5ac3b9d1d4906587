#include "base/hashing.h"
#include "http/api.h"
#include "http/contract.h"
#include "http/problem.h"
#include "http/range.h"

namespace kiln::embedded {
extern const std::string_view kDocsHtml, kDocsCss, kDocsJs;
}

/// The contract and its page (web/docs), which reads it: texts that the binary carries.
namespace kiln::http {
namespace {

/// The page loads nothing but what lies beside it, and no other site may frame it.
constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

struct FixedText {
  SharedText text;
  std::string_view content_type;
  std::string etag;
};

FixedText fixed(SharedText text, std::string_view content_type) {
  Sha256 hash;
  hash.update(std::as_bytes(std::span(*text)));
  return {std::move(text), content_type, "\"" + hash.hex() + "\""};
}

FixedText embedded_text(std::string_view text, std::string_view content_type) {
  return fixed(std::make_shared<const std::string>(text), content_type);
}

/// Clients ask again each time, and get the bytes once for each version of the server.
Response fixed_response(const FixedText& fixed, const Request& request) {
  Response response;
  response.add_header("ETag", fixed.etag);
  response.add_header("Cache-Control", "no-cache");
  if (etag_matches(request.header("if-none-match"), fixed.etag)) {
    response.status = 304;
    return response;
  }
  response.content_type = fixed.content_type;
  response.body = fixed.text;
  return response;
}

Response file_of_the_page(const FixedText& file, const Request& request) {
  Response response = fixed_response(file, request);
  if (response.status == 200) response.add_header("X-Content-Type-Options", "nosniff");
  return response;
}

Task<Response> get_contract(Api&, Call& call) {
  static const FixedText kContract = fixed(contract_text(), kJsonType);
  co_return fixed_response(kContract, call.request);
}

Task<Response> get_docs(Api&, Call& call) {
  static const FixedText kPage = embedded_text(embedded::kDocsHtml, "text/html; charset=utf-8");
  Response response = file_of_the_page(kPage, call.request);
  if (response.status == 200) response.add_header("Content-Security-Policy", kPagePolicy);
  co_return response;
}

Task<Response> get_docs_file(Api&, Call& call) {
  static const FixedText kStyle = embedded_text(embedded::kDocsCss, "text/css; charset=utf-8");
  static const FixedText kScript = embedded_text(embedded::kDocsJs, "text/javascript; charset=utf-8");
  if (call.parameter == "docs.css") co_return file_of_the_page(kStyle, call.request);
  if (call.parameter == "docs.js") co_return file_of_the_page(kScript, call.request);
  co_return problem_response(Error{ErrorCode::not_found, "there is nothing at " + call.request.path, ""});
}

}  // namespace

void add_docs_routes(Router& router, const ApiPtr& api) {
  router.add(Method::get, "/openapi.json", with(api, get_contract));
  router.add(Method::get, "/docs", with(api, get_docs));
  router.add(Method::get, "/docs/{id}", with(api, get_docs_file));
}

}  // namespace kiln::http
