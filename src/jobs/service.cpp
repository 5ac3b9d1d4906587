#include "jobs/service.h"

#include <utility>

#include "jobs/service_core.h"

namespace kiln::jobs {

Service::Service(boost::asio::any_io_executor strand, Engine& engine, store::JobStore& store, store::BlobStore& blobs,
                 AssetService& assets, ServiceOptions options)
    : core_(std::make_unique<Core>(std::move(strand), engine, store, blobs, assets, std::move(options))) {}

Service::~Service() = default;

void Service::submit(Submission submission, AcceptCallback done) {
  core_->submit(std::move(submission), std::move(done));
}
void Service::submit_batch(BatchSubmission submission, AcceptBatchCallback done) {
  core_->submit_batch(std::move(submission), std::move(done));
}
JobView Service::find(const JobId& id) const { return core_->find(id); }
BatchView Service::find_batch(const JobId& id) const { return core_->find_batch(id); }
std::optional<Eta> Service::eta(const JobId& id) const { return core_->eta(id); }
Error Service::missing(const JobId& id) const { return core_->missing(id); }
void Service::cancel(const JobId& id, JobCallback done) { core_->cancel(id, std::move(done)); }
void Service::cancel_batch(const JobId& id, BatchCallback done) { core_->cancel_batch(id, std::move(done)); }
void Service::remove_batch(const JobId& id, DoneCallback done) { core_->remove_batch(id, std::move(done)); }
void Service::remove(const JobId& id, DoneCallback done) { core_->remove(id, std::move(done)); }
Result<JobPage> Service::list(const ListQuery& query) const { return core_->list(query); }
Result<ResultFile> Service::result(const JobId& id) const { return core_->result(id); }
void Service::preview(const JobId& id, SoFarCallback done) { core_->preview(id, std::move(done)); }
ServiceStats Service::stats() const { return core_->stats(); }
EngineStatus Service::engine_status() const { return core_->engine_status(); }
bool Service::draining() const { return core_->draining(); }
Subscription Service::subscribe(const JobListener& listener) { return core_->subscribe(listener); }
void Service::drain(std::function<void()> quiet) { core_->drain(std::move(quiet)); }

}  // namespace kiln::jobs
