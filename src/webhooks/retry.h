#pragma once

#include "kiln/job.h"

#include "store/delivery_store.h"
#include "webhooks/sender.h"

namespace kiln::webhooks {

struct RetryRules {
  double first_wait_s = 5;          ///< longest wait before the second attempt; doubled for each further one
  double longest_wait_s = 3600;     ///< of those waits
  double give_up_after_s = 86'400;  ///< counted from the event; a later attempt is not waited for
};

/// The delivery after an attempt that ended `now`. Delivered: a 2xx. Failed: 410 Gone, and what would have to be tried
/// again beyond the time. Else it waits for its next attempt: `random` in [0, 1) times the exponential wait ("full
/// jitter": M. Brooker, Exponential Backoff and Jitter, AWS 2015), but at least as long as the receiver asks for with
/// 429 or 503. An outcome that was aborted changes nothing.
store::Delivery after_attempt(store::Delivery delivery, const Outcome& outcome, WallTime now, const RetryRules& rules,
                              double random);

}  // namespace kiln::webhooks
