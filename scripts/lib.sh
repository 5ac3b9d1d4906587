# shellcheck shell=bash
# What quickstart, test and the scripts here share: calm output, and how much this machine can take at once.
# Sourced by bash; sets nothing but functions.

say() { printf '%s\n' "$*"; }

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# On a terminal a line may replace itself; in a log every line stays.
on_terminal() { [ -t 1 ] && [ "${TERM:-dumb}" != dumb ] && [ "${CI:-}" != true ]; }

# How much memory a new process may still take, in MiB: the machine's, or the container's where that is less.
available_mib() {
  local machine limit used
  machine=$(($(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1024))
  limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || echo max)
  used=$(cat /sys/fs/cgroup/memory.current 2>/dev/null || echo 0)
  if [ "$limit" != max ] && [ $(((limit - used) / 1048576)) -lt "$machine" ]; then
    machine=$(((limit - used) / 1048576))
  fi
  echo "$machine"
}

# parallel_jobs MIB_EACH: every core, but no more jobs than the memory holds, and at least one.
parallel_jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(($(available_mib) / $1))
  if [ "$memory" -lt "$cores" ]; then cores=$memory; fi
  if [ "$cores" -lt 1 ]; then cores=1; fi
  echo "$cores"
}

# need_disk_mib FOLDER MIB PURPOSE
need_disk_mib() {
  local free
  free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
  [ "$free" -ge "$2" ] || die "$3 needs about $2 MiB in $1; $free MiB are free there"
}

# show_failure LOG: the end of a log, and what it usually means.
show_failure() {
  tail -n 40 "$1" >&2
  if grep -qiE 'no space left on device|enough free space' "$1"; then
    say "The disk is full: $(df -Ph "$(dirname "$1")" | awk 'NR == 2 { print $4 " free on " $6 }')." >&2
  elif grep -qiE 'temporary failure resolving|could not resolve|could not connect|network is unreachable' "$1"; then
    say "The network or the package mirror cannot be reached." >&2
  elif grep -qE 'Killed signal|internal compiler error: Killed|Killed$' "$1"; then
    say "The compiler ran out of memory." >&2
  fi
  say "The whole log: $1" >&2
}
