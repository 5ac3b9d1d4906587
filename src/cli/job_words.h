#pragma once

#include <string>

#include "client/json_access.h"

/// Jobs and batches, as a server describes them in JSON, in words for people.
namespace kiln::cli {

/// "41 s", "3 min 20 s", "2 h 5 min", "3 d 4 h".
std::string duration_words(double seconds);

/// "queued, position 3, begins in about 41 s", "running, 12 s left (9 to 20 s)", "succeeded".
std::string state_words(const client::Json& job);

/// "640x480, 64 samples per pixel, sample:cornell-box"; empty for a batch.
std::string picture_words(const client::Json& job);

/// What `kiln status` prints: a line for each thing that there is to say, with its label.
std::string description_of(const client::Json& job);

/// The first line of what went wrong with a job that failed or was cancelled.
std::string ending_words(const client::Json& job);

bool is_over(const client::Json& job);

/// What a script is told of a job that is over: kSuccess, kFailure, kCancelled.
int exit_status_of(const client::Json& job);

}  // namespace kiln::cli
