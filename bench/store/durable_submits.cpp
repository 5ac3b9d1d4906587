// Durable inserts a second into the SQLite store with 64 in flight: group commit against one commit per job, in
// alternating rounds of one run, and how long the start with 100,000 jobs takes.
//
// usage: kiln_bench_store [FOLDER]     FOLDER: on the disk to measure, by default the system's folder for temporary
// files

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/job_id.h"
#include "store/sqlite_store.h"

namespace {

namespace fs = std::filesystem;
using kiln::Result;
namespace store = kiln::store;

constexpr std::size_t kInFlight = 64;
constexpr std::size_t kJobsPerRound = 4'000;
constexpr int kRounds = 5;
constexpr std::size_t kStoredJobs = 100'000;

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

/// A folder of its own, gone at the end.
class Folder {
 public:
  explicit Folder(const fs::path& in) {
    std::string name = (in / "kiln-bench-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("cannot make a folder in " + in.string());
    path_ = name;
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path database() const { return path_ / "kiln.db"; }

 private:
  fs::path path_;
};

/// No two alike, as from a client that turns a camera.
store::JobPtr make_job(std::uint64_t sequence) {
  kiln::RenderRequest request;
  request.scene = "sha256:6f1c0d0f3a2b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5";
  request.camera.placement = kiln::OrbitCamera{{0, 0.3f, 0}, 0.01f * static_cast<float>(sequence), 80, 1.5f};
  request.seed = sequence;
  request.metadata = R"({"order":")" + std::to_string(sequence) + R"(","shot":"turntable"})";
  auto job = std::make_shared<kiln::Job>();
  job->id = kiln::random_job_id();
  job->sequence = sequence;
  job->request = std::make_shared<const kiln::RenderRequest>(std::move(request));
  job->created_at = kiln::WallTime(std::chrono::seconds(1'700'000'000) + std::chrono::milliseconds(sequence));
  return job;
}

/// Keeps kInFlight inserts waiting until all are answered, as that many clients would. Seconds.
double insert_all(boost::asio::io_context& io, store::JobStore& jobs, std::size_t count) {
  std::size_t given = 0;
  std::function<void()> give_one = [&] {
    if (given == count) return;
    jobs.insert(make_job(++given), [&](const Result<void>& stored) {
      if (!stored) throw std::runtime_error(stored.error().message);
      give_one();
    });
  };
  const kiln::Stopwatch watch;
  for (std::size_t i = 0; i < kInFlight; ++i) give_one();
  io.restart();
  io.run();
  return watch.seconds();
}

struct Round {
  double jobs_per_s = 0, jobs_per_commit = 0;
};

Round measure(const fs::path& in, std::size_t most_per_commit) {
  const Folder folder(in);
  boost::asio::io_context io;
  const auto store =
      must(store::SqliteStore::open(folder.database(), io.get_executor(), {.most_per_commit = most_per_commit}));
  const double seconds = insert_all(io, store->jobs(), kJobsPerRound);
  const store::SqliteStats stats = store->stats();
  return {kJobsPerRound / seconds, static_cast<double>(stats.changes) / static_cast<double>(stats.commits)};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void compare_commits(const fs::path& in) {
  std::vector<double> single, grouped, ratios;
  fmt::print("durable inserts a second, {} in flight, {} a round\n", kInFlight, kJobsPerRound);
  fmt::print("{:>5} {:>18} {:>14} {:>16} {:>6}\n", "round", "one commit per job", "group commit", "jobs per commit",
             "ratio");
  for (int i = 0; i < kRounds; ++i) {
    const Round one = measure(in, 1);
    const Round group = measure(in, store::SqliteOptions().most_per_commit);
    single.push_back(one.jobs_per_s);
    grouped.push_back(group.jobs_per_s);
    ratios.push_back(group.jobs_per_s / one.jobs_per_s);
    fmt::print("{:>5} {:>18.0f} {:>14.0f} {:>16.1f} {:>6.2f}\n", i + 1, one.jobs_per_s, group.jobs_per_s,
               group.jobs_per_commit, ratios.back());
  }
  fmt::print("medians: {:.0f} against {:.0f}, {:.2f} times\n", median(single), median(grouped), median(ratios));
}

void measure_start(const fs::path& in) {
  const Folder folder(in);
  boost::asio::io_context io;
  {
    const auto store = must(store::SqliteStore::open(folder.database(), io.get_executor()));
    insert_all(io, store->jobs(), kStoredJobs);
  }
  for (int i = 0; i < 3; ++i) {
    const kiln::Stopwatch watch;
    const auto store = must(store::SqliteStore::open(folder.database(), io.get_executor()));
    const std::size_t loaded = must(store->jobs().load_all()).size();
    fmt::print("open and load {} jobs: {:.3f} s ({} MB)\n", loaded, watch.seconds(),
               fs::file_size(folder.database()) / 1'000'000);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // a round takes seconds: each line is shown when it is known
  try {
    const fs::path in = argc > 1 ? fs::path(argv[1]) : fs::temp_directory_path();
    compare_commits(in);
    measure_start(in);
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
  }
}
