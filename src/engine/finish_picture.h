#pragma once

#include "kiln/engine.h"
#include "kiln/image.h"

#include "image/resolve.h"
#include "render/pass_planner.h"

namespace kiln::engine {

/// How many samples the pixels have of a frame that has come so far.
inline SampleCounts counts_of(const render::FrameCursor& cursor) {
  return {cursor.next_pixel, cursor.first_sample + cursor.sample_count, cursor.first_sample};
}

/// The second half of the task's render: divides `sums` by the samples that `cursor` says each pixel has, encodes and
/// writes. `report` is what is known so far, but for the samples. The picture depends on the task, on `sums` and on
/// `cursor` alone, to the last byte.
FinishPicture finish_picture(const EngineTask& task, LinearImage sums, const render::FrameCursor& cursor,
                             const RenderReport& report);

}  // namespace kiln::engine
