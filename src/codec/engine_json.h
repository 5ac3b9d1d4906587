#pragma once

#include "kiln/engine.h"

#include "codec/json.h"

namespace kiln::codec {

/// All that the engine's process needs of a task; the client's metadata stays behind.
Json to_json(const EngineTask& task);
EngineTask engine_task_from_json(const Json& json);

Json to_json(const EngineStatus& status);
EngineStatus engine_status_from_json(const Json& json);

}  // namespace kiln::codec
