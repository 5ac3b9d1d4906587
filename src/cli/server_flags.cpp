#include "cli/server_flags.h"

#include <cstdlib>

namespace kiln::cli {
namespace {

constexpr const char* kVariable = "KILN_SERVER";

std::string url_trouble(const std::string& text) {
  const auto url = client::ServerUrl::parse(text);
  return url ? std::string() : url.error().message;
}

}  // namespace

void add_server_flags(CLI::App& app, ServerFlags& flags) {
  const std::string group = "Server";
  app.add_option("--server", flags.server, "URL of the server")
      ->check(CLI::Validator([](std::string& text) { return url_trouble(text); }, "", "url"))
      ->type_name("URL")
      ->envname(kVariable)
      ->capture_default_str()
      ->group(group);
  app.add_option("--timeout", flags.timeout_s, "Seconds that the server may be silent or away")
      ->check(CLI::Range(1.0, 1e6))
      ->capture_default_str()
      ->group(group);
  app.add_option("--ca-file", flags.ca_file, "PEM file of authorities to trust instead of the system's")
      ->check(CLI::ExistingFile)
      ->type_name("FILE")
      ->envname("KILN_CA_FILE")
      ->group(group);
  app.add_flag("--json", flags.json, "Print one JSON document, errors too");
}

client::ServerClient client_of(const ServerFlags& flags) {
  return {*client::ServerUrl::parse(flags.server), {flags.timeout_s, flags.ca_file}};
}

std::string server_words(const ServerFlags& flags) {
  const char* variable = std::getenv(kVariable);
  const std::string usual = variable != nullptr && *variable != '\0' ? variable : ServerFlags{}.server;
  return flags.server == usual ? "" : " --server " + client::ServerUrl::parse(flags.server)->shown();
}

}  // namespace kiln::cli
