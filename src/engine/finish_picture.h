#pragma once

#include "kiln/engine.h"
#include "kiln/image.h"

#include "image/resolve.h"

namespace kiln::engine {

/// The second half of the task's render: divides `sums` by the samples that each pixel has, encodes and writes.
/// `report` is what is known so far, but for the samples. The picture depends on the task, on `sums` and on `counts`
/// alone, to the last byte.
FinishPicture finish_picture(const EngineTask& task, LinearImage sums, SampleCounts counts, const RenderReport& report);

}  // namespace kiln::engine
