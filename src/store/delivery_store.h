#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/job_store.h"

namespace kiln::store {

/// pending: it will be sent (again). delivered, failed: nothing more happens unless somebody asks for it.
enum class DeliveryState { pending, delivered, failed };

std::string_view name_of(DeliveryState s);  ///< "pending", "delivered", "failed"
std::optional<DeliveryState> delivery_state_from_name(std::string_view name);

/// One webhook on its way to one receiver.
struct Delivery {
  std::string id;       ///< the same for all attempts; the webhook-id that the receiver sees
  std::string subject;  ///< id of the job or batch
  std::string event;    ///< e.g. "job.succeeded"
  std::string url;
  DeliveryState state = DeliveryState::pending;
  std::uint32_t attempts = 0;                ///< that were made
  WallTime created_at{};                     ///< of the event
  std::optional<WallTime> next_at;           ///< when it is sent next; set while pending
  std::optional<WallTime> finished_at;       ///< set when delivered or failed
  std::optional<std::uint32_t> last_status;  ///< HTTP status of the last attempt; unset: there was none, see last_error
  std::string last_error;                    ///< why the last attempt failed; empty: it did not
};

/// A delivery with what is sent.
struct StoredDelivery {
  Delivery delivery;
  std::string body;
};

struct DeliveryQuery {
  std::string subject = {};                 ///< empty: of all
  std::optional<DeliveryState> state = {};  ///< unset: in all
  std::size_t limit = 50;
  std::optional<std::int64_t> before = {};  ///< `next` of the page before; unset: from the newest
};

/// Newest first.
struct DeliveryPage {
  std::vector<Delivery> deliveries;
  std::optional<std::int64_t> next;  ///< unset: this was the last page
};

/// What the outbox must know of each delivery at its start.
struct DeliveryIndexEntry {
  std::string id;
  std::string url;                  ///< empty unless pending
  std::optional<WallTime> next_at;  ///< set while pending
};

struct DeliveryIndex {
  std::vector<DeliveryIndexEntry> entries;  ///< oldest first
  std::size_t ended = 0;                    ///< of them, those that are not pending
  std::optional<WallTime> oldest_ended;     ///< `created_at` of the first of those
};

/// Keeps webhook deliveries and their bodies. The same rules as for JobStore; what is read is read as it is after all
/// earlier calls. Errors: storage_full, io_error.
class DeliveryStore {
 public:
  using FindDone = std::function<void(Result<std::optional<StoredDelivery>>)>;
  using ListDone = std::function<void(Result<DeliveryPage>)>;

  virtual ~DeliveryStore() = default;

  /// Adds a delivery. Error `internal`, and nothing is changed, when its id is there already.
  virtual void insert(std::shared_ptr<const StoredDelivery> delivery, StoreDone done) = 0;

  /// Replaces all but the body. Updating what is not there succeeds.
  virtual void update(Delivery delivery, StoreDone done) = 0;

  virtual void find(const std::string& id, FindDone done) = 0;
  virtual void list(DeliveryQuery query, ListDone done) = 0;

  /// Removes deliveries that ended (are not pending) before `before`, and those beyond the newest `most` that ended.
  virtual void trim(WallTime before, std::size_t most, StoreDone done) = 0;

  /// Blocks; only at start, before any other call.
  virtual Result<DeliveryIndex> load_index() = 0;
};

}  // namespace kiln::store
