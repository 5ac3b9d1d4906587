#pragma once

#include <memory>
#include <vector>

#include "http/api.h"

namespace kiln::http {

/// The pictures of a batch as a ZIP archive that is made while it is sent: stored, not compressed, in pieces of some
/// 64 KiB, ZIP64 where sizes need it. Entries are 0000.png and so on, by the jobs' places in the batch, and at the end
/// batch.json: {"batch": the batch, "jobs": [each job with "file", the name of its entry or null]}. A picture that is
/// not there (the job failed, or its picture was deleted before the archive came to it) is left out and its "file" is
/// null. One that cannot be opened or read to its end breaks the connection off, so that nobody takes the archive for
/// whole.
std::unique_ptr<BodyStream> make_batch_archive(Api& api, const JobId& batch);

}  // namespace kiln::http
