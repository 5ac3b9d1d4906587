#pragma once

#include "kiln/engine.h"
#include "kiln/image.h"

namespace kiln::engine {

/// The second half of the task's render: divides `sums` by the number of samples, encodes and writes. `report` is what
/// is known so far. Its result depends on the task and on `sums` alone, to the last byte.
FinishPicture finish_picture(const EngineTask& task, LinearImage sums, const RenderReport& report);

}  // namespace kiln::engine
