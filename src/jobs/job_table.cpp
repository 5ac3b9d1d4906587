#include "jobs/job_table.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

namespace kiln::jobs {
namespace {

/// A cursor is the sequence of the last job of the page before: it stays good when that job is gone.
Result<std::optional<std::uint64_t>> parse_cursor(const std::string& cursor) {
  if (cursor.empty()) return std::optional<std::uint64_t>();
  std::uint64_t sequence = 0;
  const char* end = cursor.data() + cursor.size();
  const auto [stopped, failed] = std::from_chars(cursor.data(), end, sequence);
  if (failed != std::errc() || stopped != end) {
    return Error{ErrorCode::invalid_request, "\"" + cursor + "\" is not a cursor of this list", ""};
  }
  return std::optional(sequence);
}

template <class Iterator>
JobPage page_of(Iterator at, Iterator end, std::size_t limit) {
  JobPage page;
  for (; at != end && page.jobs.size() < limit; ++at) page.jobs.push_back(at->second);
  if (at != end && !page.jobs.empty()) page.next = std::to_string(page.jobs.back()->sequence);
  return page;
}

JobPage page_from(const std::map<std::uint64_t, JobPtr>& jobs, const ListQuery& query,
                  const std::optional<std::uint64_t>& cursor) {
  if (query.newest_first) {
    const auto at = cursor ? std::make_reverse_iterator(jobs.lower_bound(*cursor)) : jobs.rbegin();
    return page_of(at, jobs.rend(), query.limit);
  }
  const auto at = cursor ? jobs.upper_bound(*cursor) : jobs.begin();
  return page_of(at, jobs.end(), query.limit);
}

/// Most that is new comes last, and all of it does at start.
void put_at_end(std::map<std::uint64_t, JobPtr>& jobs, const JobPtr& job) {
  jobs.insert_or_assign(jobs.end(), job->sequence, job);
}

}  // namespace

void JobTable::put(JobPtr job) {
  JobPtr& slot = jobs_[job->id];
  if (slot && slot->state != job->state) in_state_[index(slot->state)].erase(slot->sequence);
  put_at_end(in_state_[index(job->state)], job);
  put_at_end(all_, job);
  slot = std::move(job);
}

void JobTable::erase(const JobId& id) {
  const auto at = jobs_.find(id);
  if (at == jobs_.end()) return;
  in_state_[index(at->second->state)].erase(at->second->sequence);
  all_.erase(at->second->sequence);
  jobs_.erase(at);
}

const JobPtr& JobTable::find(const JobId& id) const {
  static const JobPtr kNone;
  const auto at = jobs_.find(id);
  return at == jobs_.end() ? kNone : at->second;
}

Result<JobPage> JobTable::list(const ListQuery& query) const {
  const auto cursor = parse_cursor(query.cursor);
  if (!cursor) return cursor.error();
  if (query.states.empty()) return page_from(all_, query, *cursor);
  JobPage page;
  bool more = false;
  for (std::size_t state = 0; state < in_state_.size(); ++state) {
    if (std::count(query.states.begin(), query.states.end(), static_cast<JobState>(state)) == 0) continue;
    const JobPage part = page_from(in_state_[state], query, *cursor);
    page.jobs.insert(page.jobs.end(), part.jobs.begin(), part.jobs.end());
    more = more || part.next;
  }
  std::sort(page.jobs.begin(), page.jobs.end(), [&](const JobPtr& a, const JobPtr& b) {
    return query.newest_first ? a->sequence > b->sequence : a->sequence < b->sequence;
  });
  more = more || page.jobs.size() > query.limit;
  page.jobs.resize(std::min(page.jobs.size(), query.limit));
  if (more) page.next = std::to_string(page.jobs.back()->sequence);
  return page;
}

Result<JobPage> JobTable::list(const ListQuery& query, const std::map<std::uint64_t, JobId>& jobs) const {
  BySequence among;
  for (const auto& [sequence, id] : jobs) {
    const JobPtr& job = find(id);
    const bool wanted = query.states.empty() || std::count(query.states.begin(), query.states.end(), job->state) > 0;
    if (wanted) among.emplace_hint(among.end(), sequence, job);
  }
  const auto cursor = parse_cursor(query.cursor);
  if (!cursor) return cursor.error();
  return page_from(among, query, *cursor);
}

}  // namespace kiln::jobs
