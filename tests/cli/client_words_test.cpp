#include <gtest/gtest.h>

#include "cli/client_report.h"
#include "cli/fetch_result.h"
#include "cli/follow_job.h"
#include "cli/job_words.h"
#include "cli/run.h"

namespace kiln::cli {
namespace {

using client::Json;

Json json(const char* text) { return Json::parse(text); }

}  // namespace

TEST(DurationWords, AreShortAtEveryScale) {
  EXPECT_EQ(duration_words(-1), "0 s");
  EXPECT_EQ(duration_words(0.2), "1 s");
  EXPECT_EQ(duration_words(59.5), "1 min 0 s");
  EXPECT_EQ(duration_words(200), "3 min 20 s");
  EXPECT_EQ(duration_words(7500), "2 h 5 min");
  EXPECT_EQ(duration_words(4 * 86400 + 3600), "4 d 1 h");
}

TEST(StateWords, TellPositionAttemptAndTimeLeft) {
  EXPECT_EQ(state_words(json(R"({"status":"queued","position":3,"attempt":1,"eta":{"start_s":41,"finish_s":58}})")),
            "queued, position 3, begins in about 41 s");
  EXPECT_EQ(state_words(json(R"({"status":"running","position":null,"attempt":2,
                                 "eta":{"start_s":0,"finish_s":12,"low_s":9,"high_s":20}})")),
            "running, attempt 2, 12 s left (9 s to 20 s)");
  EXPECT_EQ(state_words(json(R"({"status":"running","eta":{"start_s":0,"finish_s":1,"low_s":0.5,"high_s":1}})")),
            "running, 1 s left");
  EXPECT_EQ(state_words(json(R"({"status":"succeeded","cached":true,"eta":null})")),
            "succeeded, picture was there already");
}

TEST(StateWords, CountABatchsJobs) {
  EXPECT_EQ(state_words(json(R"({"kind":"batch","status":"running","job_count":12,"eta":null,
                                 "counts":{"queued":8,"running":1,"succeeded":2,"failed":1,"cancelled":0}})")),
            "running, 3 of 12 jobs done");
}

TEST(JobWords, TakeWhateverAServerSends) {
  for (const char* text :
       {"null", "[]", "{}", "7", R"({"status":7,"position":"x","eta":[],"request":{"width":"x"}})"}) {
    EXPECT_FALSE(is_over(json(text)));
    EXPECT_NO_THROW((void)description_of(json(text)));
    EXPECT_NO_THROW((void)ending_words(json(text)));
    EXPECT_EQ(exit_status_of(json(text)), kFailure);
  }
}

TEST(JobWords, SayWhyAJobFailed) {
  EXPECT_EQ(ending_words(json(R"({"kind":"job","id":"x","status":"failed",
                                  "error":{"code":"unknown_camera","message":"no camera 7","pointer":"/camera"}})")),
            "job x failed: no camera 7 (at /camera) [unknown_camera]");
  EXPECT_EQ(ending_words(json(R"({"kind":"job","id":"x","status":"cancelled","error":null})")), "job x was cancelled");
}

TEST(ExitStatus, TellsScriptsApartWhatHappened) {
  EXPECT_EQ(exit_status_of(json(R"({"status":"succeeded"})")), 0);
  EXPECT_EQ(exit_status_of(json(R"({"status":"failed"})")), 1);
  EXPECT_EQ(exit_status_of(json(R"({"status":"cancelled"})")), 3);
  using client::ClientError;
  using client::Trouble;
  EXPECT_EQ(exit_status_of(ClientError{Trouble::refused, "queue_full", ""}), 1);
  EXPECT_EQ(exit_status_of(ClientError{Trouble::refused, "cancelled", ""}), 3);
  EXPECT_EQ(exit_status_of(ClientError{Trouble::local, "io_error", ""}), 1);
  EXPECT_EQ(exit_status_of(ClientError{Trouble::local, "invalid_request", ""}), 2);
  EXPECT_EQ(exit_status_of(ClientError{Trouble::unreachable, "server_unreachable", ""}), 4);
  EXPECT_EQ(exit_status_of(ClientError{Trouble::timed_out, "server_timeout", ""}), 4);
  EXPECT_EQ(exit_status_of(ClientError{Trouble::interrupted, "interrupted", ""}), 130);
}

TEST(FileNameIn, TakesOrdinaryNamesOnly) {
  EXPECT_EQ(file_name_in(R"(inline; filename="6f1c-0.png")"), "6f1c-0.png");
  EXPECT_EQ(file_name_in("attachment; filename=a.zip; x=y"), "a.zip");
  for (const char* header :
       {"", "inline", R"(inline; filename="")", R"(inline; filename="../a")", R"(x; filename="/etc/a")",
        R"(x; filename=".bashrc")", R"(x; filename="-o")", R"(x; filename="a b")", "x; filename=\"a\nb\""}) {
    EXPECT_EQ(file_name_in(header), "") << header;
  }
}

TEST(FollowedJob, PutsEventsTogether) {
  FollowedJob job("x");
  using News = FollowedJob::News;
  EXPECT_EQ(job.take({"progress", R"({"id":"x","progress":0.5})", ""}), News::none) << "no state yet";
  EXPECT_EQ(job.take({"state", R"({"id":"x","status":"queued","position":2,"progress":0})", ""}), News::changed);
  EXPECT_EQ(job.take({"position", R"({"id":"x","position":1,"eta":{"start_s":3,"finish_s":9}})", ""}), News::changed);
  EXPECT_EQ(state_words(job.job()), "queued, position 1, begins in about 3 s");
  EXPECT_EQ(job.take({"progress", R"({"id":"x","progress":0.5,"eta":null})", ""}), News::changed);
  EXPECT_EQ(client::number_at(job.job(), "progress"), 0.5);
  EXPECT_EQ(job.take({"engine", R"({"id":"x","what":"lost"})", ""}), News::none);
  EXPECT_EQ(job.take({"state", R"({"id":"child","status":"succeeded"})", ""}), News::none) << "of a batch's job";
  EXPECT_EQ(job.take({"state", "no JSON", ""}), News::none);
  EXPECT_EQ(job.take({"state", R"({"id":"x","status":"succeeded"})", ""}), News::over);
  EXPECT_EQ(job.take({"removed", R"({"id":"x"})", ""}), News::removed);
}

}  // namespace kiln::cli
