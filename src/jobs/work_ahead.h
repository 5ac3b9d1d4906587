#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "jobs/estimator.h"
#include "jobs/prefix_sums.h"

namespace kiln::jobs {

/// How long the jobs that wait will take, up to each of them: no scan for an answer, and none when something was
/// learnt.
///
/// Jobs of one kind are summed up in samples, so that their time follows what is known of the kind at once. Of them
/// errors add up (a scene that is slower than thought is so in every job), while those of two kinds cancel out for the
/// most part.
/// Beyond `most_kinds` kinds, and where a job's time is bounded, each job's time is estimated by itself; a few of these
/// are estimated again whenever something was learnt. One thread.
class WorkAhead {
 public:
  /// `estimator` must outlive this object.
  explicit WorkAhead(const Estimator& estimator, std::size_t most_kinds = 64)
      : estimator_(estimator), most_kinds_(most_kinds) {}

  /// A job waits. Nothing happens when it does already.
  void add(std::uint64_t sequence, std::shared_ptr<const RenderRequest> request);

  /// It does not any more. Nothing happens when it did not.
  void remove(std::uint64_t sequence, const RenderRequest& request);

  /// Of the jobs up to this one, itself included: until their last samples, when they run one after the other.
  Duration through(std::uint64_t sequence) const;
  Duration total() const;

  std::size_t size() const;

  /// The estimator has learnt something: looks at some of the jobs that are estimated one by one, in turn.
  void refresh();

 private:
  /// Sums over jobs of one kind.
  struct Load {
    std::uint64_t samples = 0;
    double squared_samples = 0;
    std::uint32_t fresh = 0, kept = 0;  ///< jobs behind one of another scene, of the same
    Load& operator+=(const Load& other);
    Load& operator-=(const Load& other);
  };
  struct Kind {
    WorkKind kind;
    PrefixSums<Load> loads;
    mutable WorkCost cost;               ///< as the estimator had it
    mutable std::uint64_t revision = 0;  ///< at this revision; 0: never
  };

  /// Sums over kinds and over jobs that are estimated one by one.
  struct Estimate {
    double mean = 0, variance = 0, deviation = 0;
    std::uint32_t jobs = 0;
    Estimate& operator+=(const Estimate& other);
    Estimate& operator-=(const Estimate& other);
  };
  struct Single {
    std::shared_ptr<const RenderRequest> request;
    bool scene_kept = false;
  };

  static constexpr std::size_t kRefreshedAtOnce = 256;

  Kind* find(const WorkKind& kind);
  Kind* find_or_make(const WorkKind& kind);
  void add_single(std::uint64_t sequence, Single single);
  Estimate estimate_of(const Single& single) const;
  Duration duration_of(const Kind& kind, const Load& load) const;
  static Duration duration_of(const Estimate& estimate);
  template <class SumOf>
  Duration sum(SumOf sum_of) const;

  const Estimator& estimator_;
  std::size_t most_kinds_;
  std::vector<Kind> kinds_;
  PrefixSums<Estimate> estimates_;
  std::map<std::uint64_t, Single> singles_;  ///< by sequence
  std::uint64_t refreshed_through_ = 0;      ///< sequence
  std::uint64_t last_sequence_ = 0;          ///< of the job that was added last, and its scene
  std::uint64_t last_scene_ = 0;
};

}  // namespace kiln::jobs
