#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "kiln/job.h"

struct archive;

namespace kiln::http {

/// Writes a ZIP archive of stored entries into memory, from where it is taken piece by piece. Throws std::runtime_error
/// when the library refuses.
class ZipWriter {
 public:
  ZipWriter();

  /// Begins an entry of so many bytes.
  void begin(const std::string& name, std::uint64_t bytes, WallTime time);

  /// Adds to the entry that was begun last; `bytes` of all calls together as said there.
  void write(std::span<const std::byte> bytes);

  void end();  ///< after the last entry: writes the directory

  std::size_t waiting_bytes() const { return output_.size(); }
  std::string take();  ///< what was written since the last call

 private:
  struct Free {
    void operator()(archive* a) const;
  };

  void check(int answer);

  std::string output_;
  std::unique_ptr<archive, Free> archive_;  // last: freeing it may still write
};

}  // namespace kiln::http
