#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace kiln::api_test {

struct ZipEntry {
  std::string name, content;
};

/// All entries of an archive, in order; a checksum or a structure that is wrong is an exception. `seeks`: by its
/// directory, as most programs do; else from front to end, as those that read a pipe.
inline std::vector<ZipEntry> read_zip(const std::string& bytes, bool seeks = true) {
  const std::unique_ptr<archive, decltype(&archive_read_free)> zip(archive_read_new(), archive_read_free);
  seeks ? archive_read_support_format_zip_seekable(zip.get()) : archive_read_support_format_zip_streamable(zip.get());
  if (archive_read_open_memory(zip.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) {
    throw std::runtime_error("this is no archive");
  }
  std::vector<ZipEntry> entries;
  archive_entry* entry = nullptr;
  int answer;
  while ((answer = archive_read_next_header(zip.get(), &entry)) == ARCHIVE_OK) {
    std::string content;
    char piece[65536];
    la_ssize_t read;
    while ((read = archive_read_data(zip.get(), piece, sizeof piece)) > 0) {
      content.append(piece, static_cast<std::size_t>(read));
    }
    if (read < 0) throw std::runtime_error(archive_error_string(zip.get()));
    entries.push_back({archive_entry_pathname(entry), std::move(content)});
  }
  if (answer != ARCHIVE_EOF) throw std::runtime_error(archive_error_string(zip.get()));
  return entries;
}

}  // namespace kiln::api_test
