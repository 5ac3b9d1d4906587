#include "http/server.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <utility>

#include "http/api.h"
#include "http/listener.h"
#include "http/session.h"
#include "http/waiting.h"

namespace kiln::http {

namespace asio = boost::asio;

namespace {
constexpr std::size_t kKeptJobTexts = 512;

EventSettings event_settings(const ServerSettings& s) {
  return {s.event_history, std::chrono::duration_cast<SteadyDuration>(std::chrono::duration<double>(s.heartbeat_s))};
}

}  // namespace

class Server::Core : public std::enable_shared_from_this<Server::Core> {
 public:
  Core(asio::io_context& io, const ServerSettings& settings, std::shared_ptr<Acceptor> acceptor, jobs::Service& jobs,
       jobs::AssetService& assets, store::BlobStore& blobs, webhooks::Outbox& webhooks)
      : hub_(std::make_shared<Hub>(settings, io.get_executor())),
        acceptor_(std::move(acceptor)),
        sweep_timer_(io.get_executor()) {
    api_ = std::make_shared<Api>(Api{jobs, assets, blobs, *hub_,
                                     JobTexts(kKeptJobTexts, [&jobs](const JobId& id) { return jobs.eta(id); }),
                                     webhooks});
    const ApiPtr& api = api_;
    api->events =
        std::make_unique<EventHub>(jobs, api->job_texts, hub_->turns, hub_->deadlines, event_settings(settings));
    add_render_routes(hub_->router, api);
    add_batch_routes(hub_->router, api);
    add_job_routes(hub_->router, api);
    add_event_routes(hub_->router, api);
    add_preview_routes(hub_->router, api);
    add_asset_routes(hub_->router, api);
    add_webhook_routes(hub_->router, api);
    add_service_routes(hub_->router, api);
    add_docs_routes(hub_->router, api);
    hub_->metrics = std::make_unique<Metrics>(hub_->router, jobs.stats().interrupted);
    subscription_ = jobs.subscribe([this](const jobs::JobEvent& event) { job_changed(event); });
  }

  void run() {
    asio::co_spawn(acceptor_->get_executor(), accept_connections(hub_, acceptor_), asio::detached);
    asio::co_spawn(acceptor_->get_executor(), sweep(shared_from_this()), asio::detached);
  }

  std::uint16_t port() const { return acceptor_->local_endpoint().port(); }

  std::string url() const {
    const auto endpoint = acceptor_->local_endpoint();
    const std::string address = endpoint.address().to_string();
    return "http://" + (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" +
           std::to_string(endpoint.port());
  }

  void drain(std::function<void()> quiet) {
    hub_->draining = true;
    hub_->patience_ends_at = std::chrono::steady_clock::now() + hub_->timeouts.request;
    hub_->last_session_ended = [self = weak_from_this(), quiet = std::move(quiet)] {
      if (const auto core = self.lock()) core->stop();
      quiet();
    };
    end_what_waits();
    for (Session* session : hub_->sessions) session->close_if_idle();
    if (hub_->sessions.empty()) asio::post(acceptor_->get_executor(), [hub = hub_] { hub->end_if_empty(); });
  }

  void close() {
    subscription_.disconnect();
    hub_->closed = true;
    hub_->last_session_ended = nullptr;
    for (Session* session : hub_->sessions) session->close();
    end_what_waits();
    hub_->turns.hand_over();
    stop();
  }

 private:
  void end_what_waits() {
    hub_->waits.end_all();
    api_->events->end_all();
  }

  void job_changed(const jobs::JobEvent& event) {
    hub_->metrics->job_changed(event);
    api_->events->job_changed(event);
    tell_waits(hub_->waits, api_->jobs, event);
  }

  void stop() {
    boost::system::error_code ignored;
    acceptor_->close(ignored);
    sweep_timer_.cancel();
    hub_->deadlines.stop();
  }

  /// One timer for all connections: it ends what takes too long, and renews the Date header.
  static Task<void> sweep(std::shared_ptr<Core> self) {
    const Timeouts& timeouts = self->hub_->timeouts;
    const SteadyDuration period =
        std::min<SteadyDuration>(std::chrono::milliseconds(500), std::min(timeouts.request, timeouts.idle) / 4);
    while (self->acceptor_->is_open() || !self->hub_->sessions.empty()) {
      boost::system::error_code error;
      self->sweep_timer_.expires_after(period);
      co_await self->sweep_timer_.async_wait(asio::redirect_error(kUseTask, error));
      if (self->hub_->closed) break;
      const SteadyTime now = std::chrono::steady_clock::now();
      self->hub_->renew_date();
      for (Session* session : self->hub_->sessions) session->check(now);
      if (!self->hub_->out_of_patience()) continue;
      self->acceptor_->close(error);
      for (Session* session : self->hub_->sessions) session->close_if_idle();
    }
  }

  std::shared_ptr<Hub> hub_;
  ApiPtr api_;
  std::shared_ptr<Acceptor> acceptor_;
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                             asio::io_context::executor_type>
      sweep_timer_;
  jobs::Subscription subscription_;
};

Server::Server(std::shared_ptr<Core> core) : core_(std::move(core)) {}
Server::~Server() { core_->close(); }

Result<std::unique_ptr<Server>> Server::start(asio::io_context& io, const ServerSettings& settings, jobs::Service& jobs,
                                              jobs::AssetService& assets, store::BlobStore& blobs,
                                              webhooks::Outbox& webhooks) {
  auto acceptor = listen_on(io, settings.address, settings.port);
  if (!acceptor) return acceptor.error();
  std::signal(SIGPIPE, SIG_IGN);  // sendfile cannot be told to leave it out, as send can
  auto core = std::make_shared<Core>(io, settings, std::move(*acceptor), jobs, assets, blobs, webhooks);
  core->run();
  return std::unique_ptr<Server>(new Server(std::move(core)));
}

std::uint16_t Server::port() const { return core_->port(); }
std::string Server::url() const { return core_->url(); }
void Server::drain(std::function<void()> quiet) { core_->drain(std::move(quiet)); }

}  // namespace kiln::http
