#include "cli/follow_job.h"

#include <fmt/core.h>
#include <optional>

#include "cli/job_words.h"
#include "cli/progress_bar.h"
#include "cli/text_table.h"

namespace kiln::cli {

using client::Json;
using client::number_at;
using client::text_at;

namespace {

constexpr std::size_t kShortId = 8;

/// What a person sees of a job that is followed.
class View {
 public:
  View(const std::string& id, bool quiet) : id_(id) {
    if (quiet) return;
    bar_.emplace(id.substr(0, kShortId));
    lines_ = !bar_->is_shown();
  }

  void show(const Json& job) {
    away_ = false;
    if (bar_) bar_->show(number_at(job, "progress").value_or(0), state_words(job));
    const std::string status = text_at(job, "status");
    if (lines_ && status != status_) fmt::print(stderr, "{}: {}\n", printable(id_), state_words(job));
    status_ = status;
  }

  void lost(const Json& job, const client::ClientError& why) {
    if (bar_) bar_->show(number_at(job, "progress").value_or(0), "the server is away, trying again");
    if (lines_ && !away_) fmt::print(stderr, "kiln: trying again: {}\n", printable(why.message));
    away_ = true;
  }

 private:
  std::string id_, status_;
  std::optional<ProgressBar> bar_;
  bool lines_ = false, away_ = false;
};

}  // namespace

FollowedJob::News FollowedJob::take(const client::Event& event) {
  const Json data = Json::parse(event.data, nullptr, false);
  if (text_at(data, "id") != id_) return News::none;
  if (event.type == "removed") return News::removed;
  if (event.type == "state") {
    job_ = data;
    return is_over(job_) ? News::over : News::changed;
  }
  if ((event.type != "progress" && event.type != "position") || !job_.is_object()) return News::none;
  for (const char* name : {"progress", "position", "eta"}) {
    if (data.contains(name)) job_[name] = data[name];
  }
  return News::changed;
}

client::Answer<Json> follow_job(client::ServerClient& client, const std::string& id, double patience_s, bool quiet,
                                const std::stop_token& stop) {
  FollowedJob followed(id);
  View view(id, quiet);
  bool removed = false;
  client::FollowOptions options;
  options.give_up_s = patience_s;
  options.lost = [&](const client::ClientError& why) { view.lost(followed.job(), why); };
  const auto take = [&](const client::Event& event) {
    const auto news = followed.take(event);
    if (news == FollowedJob::News::changed || news == FollowedJob::News::over) view.show(followed.job());
    removed = news == FollowedJob::News::removed;
    return news == FollowedJob::News::none || news == FollowedJob::News::changed;
  };
  const auto ended = follow_events(client, "/events/" + client::escaped(id), options, take, stop);
  if (!ended) return ended.error();
  if (removed) return client::ClientError{client::Trouble::refused, "unknown_job", id + " was deleted"};
  return {boost::system::in_place_value, followed.job()};
}

}  // namespace kiln::cli
