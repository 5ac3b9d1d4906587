#include "http/contract.h"

#include <gtest/gtest.h>

#include "codec/render_request_json.h"
#include "http/problem.h"
#include "http/render_codec.h"
#include "http/schema_check.h"

namespace kiln::http {
namespace {

const Json& schema_named(const std::string& name) { return contract().at("components").at("schemas").at(name); }

bool lists(const Json& array, std::string_view name) {
  return std::find(array.begin(), array.end(), name) != array.end();
}

/// Every default of the schema beside what the code fills in; `filled` lacks what has none.
void expect_defaults(const Json& schema, const Json& filled, const std::string& place) {
  for (const auto& member : schema.at("properties").items()) {
    if (!member.value().contains("default")) continue;
    const Json expected = filled.contains(member.key()) ? filled[member.key()] : Json();
    if (expected.is_null()) continue;  // left out when it is the default
    EXPECT_EQ(member.value()["default"], expected) << place << member.key();
  }
}

TEST(Contract, IsOpenApi31OfThisVersion) {
  EXPECT_EQ(contract().at("openapi"), "3.1.0");
  EXPECT_EQ(contract().at("info").at("version"), KILN_VERSION);
  EXPECT_EQ(Json::parse(*contract_text()), contract());
}

TEST(Contract, NamesEveryErrorCode) {
  const Json& codes = schema_named("ErrorCode").at("enum");
  const int count = static_cast<int>(ErrorCode::internal) + 1;
  for (int i = 0; i < count; ++i) {
    const std::string_view name = code_name(static_cast<ErrorCode>(i));
    EXPECT_TRUE(lists(codes, name)) << name;
  }
  EXPECT_EQ(codes.size(), static_cast<std::size_t>(count)) << "it names codes that do not exist";
}

TEST(Contract, NamesEveryTransportProblem) {
  const Json& codes = schema_named("TransportCode").at("enum");
  for (const TransportProblem& problem :
       {kMalformedRequest, kMissingHost, kMalformedTarget, kRequestTimeout, kTargetTooLong, kExpectationFailed,
        kHeaderTooLarge, kUnknownEncoding, kShuttingDown, kTooManyConnections}) {
    EXPECT_TRUE(lists(codes, problem.code)) << problem.code;
  }
}

TEST(Contract, HasTheDefaultsOfARenderRequest) {
  RenderRequest request;
  request.scene = "sample:box";
  request.time_s = 0.0f;
  const Json filled = codec::to_json(request);
  expect_defaults(standalone(schema_named("RenderRequest")), filled, "/");
  expect_defaults(standalone(schema_named("Environment")), filled["environment"], "/environment/");
  request.camera.placement = OrbitCamera{};
  const Json orbit = codec::to_json(request)["camera"]["orbit"];
  expect_defaults(standalone(schema_named("OrbitCamera")), orbit, "/camera/orbit/");
  request.camera.placement = LookAtCamera{};
  const Json look_at = codec::to_json(request)["camera"]["look_at"];
  expect_defaults(standalone(schema_named("LookAtCamera")), look_at, "/camera/look_at/");
  request.environment.source = SkyRequest{};
  const Json sky = codec::to_json(request)["environment"]["sky"];
  EXPECT_EQ(sky.size(), 4u);
  expect_defaults(standalone(schema_named("Sky")), sky, "/environment/sky/");
}

TEST(Contract, DefaultsThatAreLeftOutAreThoseOfTheCode) {
  const Json properties = standalone(schema_named("RenderRequest"))["properties"];
  const RenderRequest request;
  EXPECT_EQ(properties["animation"]["default"], request.animation);
  EXPECT_EQ(properties["filter_width_px"]["default"], request.filter_width_px);
  EXPECT_EQ(properties["ground"]["default"], "none");
  EXPECT_EQ(request.ground, Ground::none);
  EXPECT_EQ(properties["keep_partial"]["default"], request.keep_partial);
  EXPECT_EQ(properties["bit_depth"]["default"], request.bit_depth);
  EXPECT_EQ(properties["denoise"]["default"], request.denoise);
  EXPECT_TRUE(properties["aovs"]["default"].empty());
  for (const auto& name : properties["aovs"]["items"]["enum"]) EXPECT_TRUE(aov_from_name(name.get<std::string>()));
  EXPECT_EQ(properties["camera"]["properties"]["turn_deg"]["default"], request.camera.turn_deg);
  const auto submission = submission_from_json({{"scene", "sample:box"}, {"webhook", {{"url", "https://a.b/c"}}}});
  const Json around = standalone(schema_named("RenderSubmission"))["properties"];
  EXPECT_EQ(around["cache"]["default"], submission->use_cache);
  EXPECT_EQ(around["webhook"]["properties"]["events"]["default"], submission->webhook->events);
}

TEST(Contract, EverySettingSaysWhatItIsFor) {
  const Json properties = standalone(schema_named("BatchRequest"))["properties"];
  for (const auto& member : properties.items()) {
    EXPECT_TRUE(member.value().contains("description")) << member.key();
  }
}

TEST(Contract, StandaloneSchemasReferToNothing) {
  for (const auto& schema : contract()["components"]["schemas"].items()) {
    const std::string text = standalone(schema.value()).dump();
    for (const char* keyword : {R"("$ref":)", R"("allOf":)", R"("unevaluatedProperties":)", R"("format":")"}) {
      EXPECT_EQ(text.find(keyword), std::string::npos) << schema.key() << ": " << keyword;
    }
    SchemaCheck ready_for_use(standalone(schema.value()));
  }
}

struct Refusal {
  const char* schema;
  const char* body;
  const char* pointer;
  const char* message;
};

TEST(ContractCheck, SaysWhatIsExpectedAndWhere) {
  for (const Refusal& r : std::vector<Refusal>{
           {"RenderSubmission", R"({"scene":"sample:box","width":1.5})", "/width",
            "/width must be an integer from 1 to 16384"},
           {"RenderSubmission", R"({"scene":"sample:box","cash":true})", "/cash", "the request has no member \"cash\""},
           {"RenderSubmission", R"({"scene":"sample:box","cache":1})", "/cache", "/cache must be true or false"},
           {"RenderSubmission", R"({"scene":"sample:box","webhook":{}})", "/webhook/url",
            "/webhook lacks the member \"url\""},
           {"RenderSubmission", R"({"scene":"sample:box","webhook":{"url":7}})", "/webhook/url",
            "/webhook/url must be a string of 1 to 2048 bytes"},
           {"RenderSubmission", R"({"scene":"sample:box","webhook":{"url":"http://a","events":[]}})", "/webhook/events",
            "/webhook/events must be an array of 1 to 5 elements"},
           {"RenderSubmission", R"({"scene":"sample:box","webhook":{"url":"http://a","events":["job.died"]}})",
            "/webhook/events/0",
            "/webhook/events/0 must be one of "
            R"(["job.started","job.succeeded","job.failed","job.cancelled","batch.finished"])"},
           {"RenderSubmission", R"({"scene":"sample:box","background":[0,-1,0]})", "/background/1",
            "/background/1 must be a number from 0 to 1000000.0"},
           {"RenderSubmission", R"({"scene":"sample:box","camera":{"vertical_fov_deg":0}})", "/camera/vertical_fov_deg",
            "/camera/vertical_fov_deg must be a number above 0 and below 180"},
           {"RenderSubmission", R"({"scene":"sample:box","environment":{"sky":{"sun_elevation_deg":91}}})",
            "/environment/sky/sun_elevation_deg", "/environment/sky/sun_elevation_deg must be a number from -5 to 90"},
           {"RenderSubmission", R"({"scene":"sample:box","environment":{"sky":{"elevation":9}}})",
            "/environment/sky/elevation", "/environment/sky has no member \"elevation\""},
           {"RenderSubmission", R"({"scene":"sample:box","ground":"grass"})", "/ground",
            "/ground must be one of [\"none\",\"shadow\"]"},
           {"RenderRequest", R"({"scene":"sample:box","cache":true})", "/cache", "the request has no member \"cache\""},
           {"RenderRequest", R"({"width":1})", "/scene", "the request lacks the member \"scene\""},
           {"BatchRequest", R"({"scene":"sample:box"})", "",
            "the request must have exactly one of variations, requests, turntable and frames"},
           {"BatchRequest", R"({"scene":"sample:box","turntable":{"frames":2},"frames":{}})", "",
            "the request must have exactly one of variations, requests, turntable and frames"},
           {"BatchRequest", R"({"requests":[{"scene":"a"},{"scene":"b","widht":1}]})", "/requests/1/widht",
            "/requests/1 has no member \"widht\""},
           {"BatchRequest", R"({"scene":"sample:box","turntable":{"frames":0}})", "/turntable/frames",
            "/turntable/frames must be an integer from 1 to 10000"},
           {"BatchRequest", R"({"scene":"sample:box","variations":[]})", "/variations",
            "/variations must be an array of 1 to 10000 elements"},
           {"BatchRequest", R"({"scene":"sample:box","variations":[7]})", "/variations/0",
            "/variations/0 must be an object"}}) {
    const auto error = check_against(r.schema, Json::parse(r.body));
    ASSERT_TRUE(error) << r.body;
    EXPECT_EQ(error->pointer, r.pointer) << r.body;
    EXPECT_EQ(error->message, r.message) << r.body;
  }
}

TEST(ContractCheck, TakesWhatTheContractAllows) {
  for (const auto& [schema, body] : std::vector<std::pair<const char*, const char*>>{
           {"RenderSubmission", R"({"scene":"sample:box","cache":false,"webhook":{"url":"https://a.b"}})"},
           {"BatchRequest", R"({"scene":"sample:box","variations":[{"width":null},{"camera":{"turn_deg":3}}]})"},
           {"BatchRequest", R"({"requests":[{"scene":"sample:box"}],"cache":false})"},
           {"BatchRequest", R"({"scene":"sample:box","frames":{"from_s":0,"to_s":2,"fps":24}})"}}) {
    const auto error = check_against(schema, Json::parse(body));
    EXPECT_FALSE(error) << body << error->message;
  }
}

TEST(ContractCheck, KeepsItsOwnExamples) {
  for (const char* path : {"/render", "/batch"}) {
    const Json& body = contract()["paths"][path]["post"]["requestBody"]["content"]["application/json"];
    const std::string reference = body["schema"]["$ref"];
    const std::string name = reference.substr(reference.rfind('/') + 1);
    for (const auto& example : body["examples"].items()) {
      const auto error = check_against(name, example.value()["value"]);
      EXPECT_FALSE(error) << example.key() << ": " << error->message;
    }
  }
  EXPECT_FALSE(check_against("Job", schema_named("Job")["examples"][0]));
}

TEST(SubmissionCodec, ReadsWhatStandsBesideTheRequest) {
  const auto plain = submission_from_json({{"scene", "sample:box"}});
  EXPECT_TRUE(plain->use_cache);
  EXPECT_EQ(plain->webhook, nullptr);
  const auto told = submission_from_json(Json::parse(R"({"scene":"sample:box","width":7,"cache":false,
                      "webhook":{"url":"https://example.org/x","events":["job.started"]}})"));
  EXPECT_EQ(told->request.width, 7u);
  EXPECT_FALSE(told->use_cache);
  EXPECT_EQ(told->webhook->url, "https://example.org/x");
  EXPECT_EQ(told->webhook->events, std::vector<std::string>{"job.started"});
}

}  // namespace
}  // namespace kiln::http
