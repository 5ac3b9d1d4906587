#include "base/job_id.h"

#include <algorithm>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/string_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace kiln {

JobId random_job_id() {
  const boost::uuids::uuid u = boost::uuids::random_generator_pure()();
  JobId id;
  std::copy(u.begin(), u.end(), id.bytes.begin());
  return id;
}

std::string to_string(const JobId& id) {
  boost::uuids::uuid u;
  std::copy(id.bytes.begin(), id.bytes.end(), u.begin());
  return boost::uuids::to_string(u);
}

std::optional<JobId> job_id_from_string(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  const bool well_formed = std::all_of(
      text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-'; });
  if (!well_formed || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return std::nullopt;
  try {
    const boost::uuids::uuid u = boost::uuids::string_generator()(text.begin(), text.end());
    JobId id;
    std::copy(u.begin(), u.end(), id.bytes.begin());
    return id;
  } catch (const std::runtime_error&) {
    return std::nullopt;  // a dash where a digit belongs
  }
}

}  // namespace kiln
