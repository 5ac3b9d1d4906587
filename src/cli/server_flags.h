#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "client/server_client.h"

namespace kiln::cli {

/// What every command that speaks with a server takes.
struct ServerFlags {
  std::string server = "http://127.0.0.1:8080";
  double timeout_s = 60;  ///< how long the server may be silent or away
  std::string ca_file;    ///< PEM; empty: the system's authorities
  bool json = false;      ///< one JSON document on stdout, errors too
};

/// A URL that is none is an error of usage.
void add_server_flags(CLI::App& app, ServerFlags& flags);

client::ServerClient client_of(const ServerFlags& flags);

/// " --server URL" where a command needs it to reach the same server, else empty: for what people are told to type
/// next.
std::string server_words(const ServerFlags& flags);

}  // namespace kiln::cli
