#pragma once

namespace kiln::cli {

/// Asks on the terminal whether a job that goes on elsewhere is to be cancelled. false: it is not, or there is nobody
/// to ask (stdin or stderr is no terminal).
bool wants_cancel();

}  // namespace kiln::cli
