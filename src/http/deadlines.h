#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>

namespace kiln::http {

/// Any number of points in time on one timer: setting one, and dropping it, is O(log n). One thread.
class Deadlines {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Deadlines(const boost::asio::io_context::executor_type& executor);
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;

 private:
  using ByTime = std::multimap<Time, std::function<void()>>;

 public:
  /// One of them; dropped with this object, which must not outlive the Deadlines.
  class Deadline {
   public:
    explicit Deadline(Deadlines& all) : all_(all), at_(all.by_time_.end()) {}
    ~Deadline() { drop(); }
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

    /// In place of what was set before. `passed` is called once, from the timer; it must be short.
    void set(Time at, std::function<void()> passed);
    void drop();
    bool is_set() const { return at_ != all_.by_time_.end(); }

   private:
    Deadlines& all_;
    ByTime::iterator at_;
  };

  /// No more calls: for those that outlive what `passed` refers to.
  void stop();

 private:
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                        boost::asio::io_context::executor_type>;
  void arm();
  void look();

  ByTime by_time_;
  Timer timer_;
  Time armed_for_ = Time::max();  ///< when the timer will look; max: never
  bool stopped_ = false;
  std::shared_ptr<Deadlines*> self_;  ///< a timer's handler that outlives this object finds it gone
};

using Deadline = Deadlines::Deadline;

}  // namespace kiln::http
