#include "config/serve_config.h"

#include <arpa/inet.h>
#include <cctype>
#include <string_view>

namespace kiln::config {
namespace {

/// "--max-body" -> "KILN_MAX_BODY"
std::string variable_of(std::string_view flag) {
  std::string name = "KILN_";
  for (const char c : flag.substr(2)) name += c == '-' ? '_' : static_cast<char>(std::toupper(c));
  return name;
}

CLI::Validator numeric_address() {
  return CLI::Validator(
      [](std::string& text) {
        in6_addr parsed;  // large enough for both
        const bool known =
            ::inet_pton(AF_INET, text.c_str(), &parsed) == 1 || ::inet_pton(AF_INET6, text.c_str(), &parsed) == 1;
        return known ? std::string() : "'" + text + "' is not a numeric IPv4 or IPv6 address";
      },
      "ADDRESS", "address");
}

CLI::Validator not_empty() {
  return CLI::Validator([](std::string& text) { return text.empty() ? std::string("it is empty") : std::string(); },
                        "PATH", "path");
}

template <class T>
CLI::Option* add(CLI::App& app, const std::string& flag, T& value, const std::string& help) {
  return app.add_option(flag, value, help)->envname(variable_of(flag))->capture_default_str();
}

void add_network_options(CLI::App& app, ServeConfig& c) {
  add(app, "--address", c.address, "Address to listen on")->check(numeric_address());
  add(app, "--port", c.port, "Port to listen on; 0 takes any free one");
  add(app, "--max-body", c.max_body_bytes, "Largest request body, bytes or with a unit")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE")
      ->default_str("512MiB");
  add(app, "--max-connections", c.max_connections, "Most connections at once")->check(CLI::Range(1u, 1'000'000u));
  add(app, "--request-timeout-s", c.request_timeout_s,
      "Seconds for a request's header and for each further 64 KiB either way")
      ->check(CLI::Range(0.1, 86'400.0));
  add(app, "--idle-timeout-s", c.idle_timeout_s, "Seconds a connection may lie idle between requests")
      ->check(CLI::Range(0.1, 86'400.0));
}

void add_engine_options(CLI::App& app, ServeConfig& c) {
  add(app, "--backend", c.backend, "Where to render: auto takes CUDA where it works, else the CPU")
      ->check(CLI::IsMember({"auto", "cuda", "cpu"}));
  add(app, "--threads", c.threads, "Threads of the CPU backend; 0 takes all cores")->check(CLI::Range(0u, 4096u));
  add(app, "--max-triangles", c.max_triangles, "Most triangles in one scene");
  add(app, "--max-texels", c.max_texels, "Most texels of all textures in one scene");
}

}  // namespace

void add_serve_options(CLI::App& app, ServeConfig& c) {
  add_network_options(app, c);
  add(app, "--data", c.data, "Folder for assets and results; made if missing")->check(not_empty());
  add_engine_options(app, c);
  add(app, "--log-level", c.log_level, "What is worth a line on stderr")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}));
  app.add_option("--config", c.config_file, "File with `key = value` lines, the keys being these flags without dashes")
      ->envname("KILN_CONFIG")
      ->check(CLI::ExistingFile);
}

}  // namespace kiln::config
