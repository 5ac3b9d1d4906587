#pragma once

#include "kiln/job.h"

namespace kiln {

/// A fresh version 4 UUID from the system's random source. Any thread. Throws std::system_error where there is none.
JobId random_job_id();

}  // namespace kiln
