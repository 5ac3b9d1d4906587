#pragma once

#include <string>

#include "client/client_error.h"
#include "client/json_access.h"

namespace kiln::cli {

/// Says why a command ended without success, on stderr or as JSON on stdout, and returns its exit status.
int fail(const client::ClientError& error, bool json);

/// The exit status that `error` means to a script.
int exit_status_of(const client::ClientError& error);

/// {"error": {"code", "detail", …}}, as `kiln inspect` has it
client::Json to_json(const client::ClientError& error);

/// On one line.
void print_json(const client::Json& json);

}  // namespace kiln::cli
