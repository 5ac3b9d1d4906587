#pragma once

#include <string>

#include "base/clock.h"

namespace kiln::cli {

/// One line on stderr that is drawn again as work goes on; nothing where stderr is not a terminal. One thread.
class ProgressBar {
 public:
  explicit ProgressBar(std::string title);
  ~ProgressBar();  ///< ends the line
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// `progress` from 0 to 1. Draws ten times a second at the most.
  void update(double progress);

  /// The same with `words` instead of the time left; draws each time, as much as fits into one line.
  void show(double progress, const std::string& words);

  bool is_shown() const { return terminal_; }

 private:
  std::string title_;
  bool terminal_;
  Stopwatch watch_;
  double drawn_at_s_ = -1;
};

/// "[#####-----]  50%  12 s left", 0 <= progress <= 1. Public for the tests.
std::string progress_line(double progress, double elapsed_s, int width);

/// "[#####-----]  50%", 0 <= progress <= 1.
std::string bar_of(double progress, int width);

}  // namespace kiln::cli
