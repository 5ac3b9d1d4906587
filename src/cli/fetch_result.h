#pragma once

#include <stop_token>
#include <string>

#include "client/server_client.h"

namespace kiln::cli {

/// Fetches the picture of a job, or the ZIP of a batch, into the file `output`, which appears whole or not at all;
/// "-" is stdout; empty takes the server's name for it, or the id, in the current folder, where no file may have it
/// yet. A server that has answered before may be away, or send no more than it has, for `patience_s`. Returns the
/// file's name. Errors: the server's, also job_not_finished, cancelled and the job's own; io_error, storage_full,
/// file_exists; not_a_kiln_server.
client::Answer<std::string> fetch_result(client::ServerClient& client, const std::string& id, const std::string& output,
                                         double patience_s, const std::stop_token& stop);

/// A file name out of a Content-Disposition header (RFC 6266), as long as it is an ordinary one: letters, digits and
/// ._- with none of them but a letter, a digit or _ at the start. Else empty.
std::string file_name_in(const std::string& content_disposition);

}  // namespace kiln::cli
