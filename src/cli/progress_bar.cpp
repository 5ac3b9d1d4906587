#include "cli/progress_bar.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace kiln::cli {

namespace {

std::size_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

std::string bar_of(double progress, int width) {
  const double p = std::clamp(progress, 0.0, 1.0);
  const int filled = static_cast<int>(p * width);
  return fmt::format("[{:#>{}}{:->{}}] {:3.0f}%", "", filled, "", width - filled, p * 100);
}

std::string progress_line(double progress, double elapsed_s, int width) {
  const double p = std::clamp(progress, 0.0, 1.0);
  std::string line = bar_of(p, width);
  if (p >= 1) return fmt::format("{}  {:.1f} s", line, elapsed_s);
  if (p > 0.01) line += fmt::format("  {:.0f} s left", std::ceil(elapsed_s * (1 - p) / p));
  return line;
}

ProgressBar::ProgressBar(std::string title) : title_(std::move(title)), terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (terminal_ && drawn_at_s_ >= 0) fmt::print(stderr, "\n");
}

void ProgressBar::update(double progress) {
  const double now_s = watch_.seconds();
  if (!terminal_ || (progress < 1 && drawn_at_s_ >= 0 && now_s - drawn_at_s_ < 0.1)) return;
  drawn_at_s_ = now_s;
  fmt::print(stderr, "\r{} {}\x1b[K", title_, progress_line(progress, now_s, 30));
  std::fflush(stderr);
}

void ProgressBar::show(double progress, const std::string& words) {
  if (!terminal_) return;
  drawn_at_s_ = watch_.seconds();
  std::string line = title_ + " " + bar_of(progress, 20) + "  " + words;
  line.resize(std::min(line.size(), terminal_columns() - 1));
  fmt::print(stderr, "\r{}\x1b[K", line);
  std::fflush(stderr);
}

}  // namespace kiln::cli
