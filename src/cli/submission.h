#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/render_options.h"
#include "client/client_error.h"
#include "client/json_access.h"

namespace kiln::cli {

/// What `kiln submit` sends: a picture, and what is to be done with and around it.
struct SubmissionOptions {
  RenderOptions picture;
  std::string output;
  bool keep_partial = false, no_cache = false;
  std::string metadata;                     ///< a JSON object; empty: none
  std::string webhook;                      ///< URL; empty: none
  std::vector<std::string> webhook_events;  ///< empty: the server's choice
  std::string idempotency_key;              ///< empty: one is made up
};

void add_submission_options(CLI::App& app, SubmissionOptions& options);

/// The body of POST /render, with the ids that scene and environment have on the server (`environment` empty: what the
/// options say, a colour or none). Without any hint of a format it is PNG. Errors: invalid_request, naming the option.
client::Answer<client::Json> render_body(const SubmissionOptions& options, const std::string& scene,
                                         const std::string& environment);

/// Whether the scene or environment `name` stands for something that the server has: "sample:…", "sha256:…".
bool is_on_server(const std::string& name);

}  // namespace kiln::cli
