#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "kiln/asset.h"
#include "kiln/engine.h"

/// What the server and the processes that it starts say to each other: a text (JSON) in each frame (wire.h).
namespace kiln::engine {

/// Which attempt of which job a message is about.
struct AttemptKey {
  JobId job;
  std::uint32_t attempt = 1;
  auto operator<=>(const AttemptKey&) const = default;
};

inline AttemptKey key_of(const EngineTask& task) { return {task.id, task.attempt}; }

// To the engine:

struct RenderMessage {
  EngineTask task;
};

struct PrefetchMessage {
  EngineTask task;
};

enum class StopKind {
  cancel,
  suspend,
  drop  ///< a cancel, and nobody takes what a request with keep_partial has kept
};

struct StopMessage {
  AttemptKey key;
  StopKind how = StopKind::cancel;
};

/// Asks for the picture so far; answered by one PreviewedMessage.
struct PreviewMessage {
  std::uint64_t number = 0;  ///< of the question
  AttemptKey key;
  std::filesystem::path file;  ///< to write to
};

using ToEngine = std::variant<RenderMessage, PrefetchMessage, StopMessage, PreviewMessage>;

// From the engine:

/// The first message, before the engine is opened.
struct HelloMessage {
  std::string version;  ///< of Kiln: the server talks to its own only; the header of each frame has the protocol's
};

/// After the engine was opened.
struct StatusMessage {
  EngineStatus status;
};

/// Sent when a task is begun, then whenever a step of it is done, and when its picture begins to be encoded: the engine
/// is at work on it. 0 means that the scene is not there yet.
struct ProgressMessage {
  AttemptKey key;
  double value = 0;  ///< 0 to 1
};

/// The last sample is traced; the engine takes the next task while it encodes this picture.
struct RenderedMessage {
  AttemptKey key;
  std::optional<Error> stopped_by;  ///< as in TracedPicture
};

/// The last message about an attempt, with or without RenderedMessage before it.
struct FinishedMessage {
  AttemptKey key;
  Result<RenderReport> outcome;
};

struct PreviewedMessage {
  std::uint64_t number = 0;
  Result<Preview> outcome;
};

using FromEngine =
    std::variant<HelloMessage, StatusMessage, ProgressMessage, RenderedMessage, FinishedMessage, PreviewedMessage>;

std::string to_text(const ToEngine& message);
std::string to_text(const FromEngine& message);

// Errors: io_error for what is not such a message.
Result<ToEngine> to_engine_from_text(std::string_view text);
Result<FromEngine> from_engine_from_text(std::string_view text);

/// The one message of a process that inspects a file.
std::string to_text(const Result<AssetSummary>& inspection);

/// What that process found, or the error that it came to; io_error for what is not such a message.
Result<AssetSummary> inspection_from_text(std::string_view text);

}  // namespace kiln::engine
