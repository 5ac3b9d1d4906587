#pragma once

#include <memory>

#include "kiln/engine.h"

namespace kiln::engine {

/// Gives `inner` a thread of its own, so that who waits for a render can leave it at once. Between its looks at the
/// stop token an engine reads files, builds scenes, clears and compresses pictures, some of it for seconds. A render
/// that is stopped answers `cancelled` within a millisecond or so; `inner` comes to its end of it in the background,
/// where what it loaded stays in its caches, and the next render waits for it, and can be stopped while it does.
///
/// Progress is told on the thread that called render(), the newest one each time. The destructor waits for `inner`.
std::unique_ptr<Engine> make_prompt_engine(std::unique_ptr<Engine> inner);

}  // namespace kiln::engine
