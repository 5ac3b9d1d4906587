#include "codec/engine_json.h"

#include "codec/render_request_json.h"

namespace kiln::codec {

Json to_json(const EngineTask& task) {
  Json request = to_json(task.request);
  request.erase("metadata");
  return {{"id", to_string(task.id)},
          {"attempt", task.attempt},
          {"request", std::move(request)},
          {"scene_file", task.scene_file.string()},
          {"environment_file", task.environment_file.string()},
          {"result_file", task.result_file.string()},
          {"checkpoint_file", task.checkpoint_file.string()}};
}

EngineTask engine_task_from_json(const Json& json) {
  EngineTask task;
  task.id = job_id_from_string(json.at("id").get<std::string>()).value_or(JobId{});
  json.at("attempt").get_to(task.attempt);
  task.request = render_request_from_json(json.at("request"));
  task.scene_file = json.at("scene_file").get<std::string>();
  task.environment_file = json.at("environment_file").get<std::string>();
  task.result_file = json.at("result_file").get<std::string>();
  task.checkpoint_file = json.at("checkpoint_file").get<std::string>();
  return task;
}

Json to_json(const EngineStatus& status) {
  return {{"ready", status.ready},
          {"backend", status.backend},
          {"device", status.device},
          {"reason", status.reason},
          {"renderer", status.renderer}};
}

EngineStatus engine_status_from_json(const Json& json) {
  return {json.at("ready").get<bool>(), json.at("backend").get<std::string>(), json.at("device").get<std::string>(),
          json.at("reason").get<std::string>(), json.at("renderer").get<std::string>()};
}

}  // namespace kiln::codec
