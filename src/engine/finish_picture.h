#pragma once

#include "kiln/engine.h"
#include "kiln/image.h"

#include "image/encode.h"
#include "image/resolve.h"

namespace kiln::engine {

/// How the request's picture is to be encoded.
EncodeSettings encode_settings(const RenderRequest& request);

/// All that is traced of a picture.
struct TracedSamples {
  LinearImage sums;     ///< over the samples
  SampleCounts counts;  ///< of each pixel
  ImageLayers layers;   ///< that go into the file too
};

/// The second half of the task's render: divides the sums by the samples that each pixel has, encodes and writes.
/// `report` is what is known so far. The picture depends on the task, on `traced` and on the report's samples alone, to
/// the last byte.
FinishPicture finish_picture(const EngineTask& task, TracedSamples traced, const RenderReport& report);

}  // namespace kiln::engine
