#include "tests/api/test_server.h"

#include <boost/asio/post.hpp>
#include <future>
#include <thread>

#include "engine/local_engine.h"
#include "http/batch_codec.h"
#include "http/job_codec.h"
#include "render/renderer_choice.h"
#include "store/memory_delivery_store.h"
#include "tests/jobs/fakes.h"
#include "tests/webhooks/fake_sender.h"
#include "webhooks/outbox.h"

namespace kiln::api_test {
namespace {

using jobs::test::FakeEngine;
using jobs::test::FakeInspector;
using jobs::test::Gate;

/// Keeps every core at work until it is told to stop.
Result<RenderReport> burn(const EngineTask&, const ProgressSink& progress, std::stop_token stop) {
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) {
    threads.emplace_back([&] {
      volatile unsigned spin = 0;
      while (!stop.stop_requested()) spin = spin + 1;
    });
  }
  for (double done = 0; !stop.stop_requested(); done += 1e-4) {
    progress(std::min(done, 0.99));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return Error{ErrorCode::cancelled, "stopped", ""};
}

Result<RenderReport> paint_large(const EngineTask& task) {
  const std::vector<std::byte> picture(32u << 20);
  if (auto written = write_file_atomically(task.result_file, picture); !written) return written.error();
  RenderReport report;
  report.result_bytes = picture.size();
  report.result_sha256 = std::string(64, 'b');
  return report;
}

Result<engine::MadeRenderer> cpu_renderer() {
  auto chosen = render::make_renderer(render::BackendChoice::cpu, 0);
  if (!chosen) return chosen.error();
  return engine::MadeRenderer{std::move(chosen->renderer), std::move(chosen->reason)};
}

}  // namespace

class TestServer::Impl {
 public:
  Impl(Engine engine_kind, http::ServerSettings settings, const Adjust& adjust)
      : engine(behaviour(engine_kind)),
        real(engine_kind == Engine::renders ? engine::make_local_engine(cpu_renderer) : nullptr),
        store(io.get_executor()),
        asset_store(io.get_executor()),
        blobs(std::move(store::FileBlobStore::open(folder.path()).value())),
        assets(io.get_executor(), inspector, asset_store, *blobs, {.threads = 1}) {
    jobs::ServiceOptions options;
    options.samples = {"box"};
    options.retention_period = std::chrono::milliseconds(1);
    options.retention.result_ttl_s = 3600;
    options.retention.job_ttl_s = 24 * 3600;
    options.most_queued_jobs = 300;
    options.engine_retry = std::chrono::milliseconds(5);
    options.wall_clock = [this] { return std::chrono::system_clock::now() + passed.load(); };
    if (real) options.samples = {"cornell-box", "terrain"};
    if (adjust) adjust(options);
    service.emplace(io.get_executor(), real ? *real : engine, store, *blobs, assets, options);
    settings.port = 0;
    start_outbox();
    server = std::move(http::Server::start(io, settings, *service, assets, *blobs, *outbox).value());
    port = server->port();
    thread = std::thread([this] { io.run(); });
  }

  ~Impl() {
    boost::asio::post(io, [this] {
      server.reset();
      outbox.reset();
      service.reset();
      io.stop();
    });
    work.reset();
    thread.join();
  }

  void start_outbox() {
    webhooks::OutboxOptions options;
    options.job_json = [](const jobs::JobView& view) { return codec::to_text(http::to_json(view)); };
    options.batch_json = [](const jobs::BatchView& view) { return codec::to_text(http::to_json(view)); };
    outbox.emplace(io.get_executor(), *service, deliveries, webhook_sender,
                   webhooks::Signer::from_secrets(webhooks::random_secret()).value(), std::move(options));
  }

  /// Runs `call` on the I/O thread and waits for its end.
  void on_io(const std::function<void()>& call) {
    std::promise<void> done;
    boost::asio::post(io, [&] {
      call();
      done.set_value();
    });
    done.get_future().wait();
  }

  FakeEngine::Behaviour behaviour(Engine kind) {
    if (kind == Engine::waits) return gate.behaviour();
    if (kind == Engine::is_busy) return burn;
    if (kind == Engine::paints_large) {
      return [](const EngineTask& task, const ProgressSink&, std::stop_token) { return paint_large(task); };
    }
    return [](const EngineTask& task, const ProgressSink&, std::stop_token) {
      auto report = jobs::test::paint(task);
      if (report) report->renderer = "painter";
      return report;
    };
  }

  Gate gate;
  kiln::test::TempFolder folder;
  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
  FakeEngine engine;
  std::unique_ptr<kiln::Engine> real;  ///< takes its place where there is one
  jobs::test::FakeStore store;
  jobs::test::FakeAssetStore asset_store;
  std::unique_ptr<store::FileBlobStore> blobs;
  FakeInspector inspector;
  jobs::AssetService assets;
  std::optional<jobs::Service> service;
  store::MemoryDeliveryStore deliveries{io.get_executor()};
  webhooks::test::FakeSender webhook_sender{io.get_executor()};
  std::optional<webhooks::Outbox> outbox;
  std::unique_ptr<http::Server> server;
  std::atomic<int> quiet{0};
  std::atomic<std::chrono::seconds> passed{};  ///< that the wall clock is ahead
  std::uint16_t port = 0;
  std::thread thread;
};

TestServer::TestServer(Engine engine, http::ServerSettings settings, const Adjust& adjust)
    : impl_(std::make_unique<Impl>(engine, std::move(settings), adjust)) {}
TestServer::~TestServer() = default;

std::uint16_t TestServer::port() const { return impl_->port; }
void TestServer::let_succeed() { impl_->gate.let_succeed(); }
void TestServer::let_fail() { impl_->gate.let_fail(ErrorCode::invalid_scene); }
void TestServer::let_crash() { impl_->gate.let_fail(ErrorCode::engine_crashed); }
void TestServer::progress(double value) { impl_->gate.progress(value); }
bool TestServer::quiet() const { return impl_->quiet == 2; }

std::vector<std::string> TestServer::begun() const {
  std::vector<std::string> ids;
  for (const EngineTask& task : impl_->engine.tasks()) ids.push_back(to_string(task.id));
  return ids;
}

void TestServer::let_inspections_take(std::chrono::milliseconds time) { impl_->inspector.takes = time; }

void TestServer::let_scenes_need(std::uint64_t device_bytes) { impl_->inspector.device_bytes = device_bytes; }

std::size_t TestServer::staged_files() const {
  const std::filesystem::directory_iterator files(impl_->folder.path() / "staging");
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

void TestServer::let_time_pass(std::chrono::seconds time) { impl_->passed = impl_->passed.load() + time; }
void TestServer::set_engine_broken(bool broken) { impl_->engine.set_broken(broken); }
void TestServer::set_renderer(const std::string& name) { impl_->engine.set_renderer(name); }

void TestServer::lose_picture(const std::string& job) {
  std::filesystem::remove(impl_->folder.path() / "results" / job);
}

void TestServer::cut_picture(const std::string& job) {
  std::filesystem::resize_file(impl_->folder.path() / "results" / job, 0);
}

void TestServer::lock_picture(const std::string& job) {
  lose_picture(job);
  std::filesystem::create_directory(impl_->folder.path() / "results" / job);
}

void TestServer::set_disk_full(bool full) {
  std::optional<Error> error;
  if (full) error = Error{ErrorCode::storage_full, "no space left on device", ""};
  impl_->on_io([impl = impl_.get(), error] {
    impl->store.insert_error = impl->store.update_error = impl->store.remove_error = impl->asset_store.error = error;
  });
}

void TestServer::drain() {
  boost::asio::post(impl_->io, [impl = impl_.get()] {
    impl->server->drain([impl] { ++impl->quiet; });
    impl->service->drain([impl] { ++impl->quiet; });
  });
}

bool eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

std::string submit(Client& client, const std::string& members) {
  const std::string body = "{\"scene\":\"sample:box\"" + (members.empty() ? "" : "," + members) + "}";
  const Reply reply = client.post("/render", "application/json", body);
  EXPECT_EQ(reply.status, 202) << reply.body;
  return reply.status == 202 ? reply.json()["id"].get<std::string>() : "";
}

bool reaches(Client& client, const std::string& id, const std::string& status) {
  return eventually([&] { return client.get("/status/" + id).json().value("status", "") == status; });
}

}  // namespace kiln::api_test
