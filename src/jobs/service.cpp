#include "jobs/service.h"

#include <utility>

#include "jobs/service_core.h"

namespace kiln::jobs {

Service::Service(boost::asio::any_io_executor strand, Engine& engine, store::JobStore& store, store::BlobStore& blobs,
                 AssetService& assets, ServiceOptions options)
    : core_(std::make_unique<Core>(std::move(strand), engine, store, blobs, assets, std::move(options))) {}

Service::~Service() = default;

void Service::submit(RenderRequest request, JobCallback done) { core_->submit(std::move(request), std::move(done)); }
JobView Service::find(const JobId& id) const { return core_->find(id); }
Error Service::missing(const JobId& id) const { return core_->missing(id); }
void Service::cancel(const JobId& id, JobCallback done) { core_->cancel(id, std::move(done)); }
void Service::remove(const JobId& id, DoneCallback done) { core_->remove(id, std::move(done)); }
Result<JobPage> Service::list(const ListQuery& query) const { return core_->list(query); }
Result<ResultFile> Service::result(const JobId& id) const { return core_->result(id); }
ServiceStats Service::stats() const { return core_->stats(); }
EngineStatus Service::engine_status() const { return core_->engine_status(); }
bool Service::draining() const { return core_->draining(); }
Subscription Service::subscribe(const JobListener& listener) { return core_->subscribe(listener); }
void Service::drain(std::function<void()> quiet) { core_->drain(std::move(quiet)); }

}  // namespace kiln::jobs
