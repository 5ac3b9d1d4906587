#include "http/zip_writer.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdexcept>
#include <utility>

namespace kiln::http {
namespace {

la_ssize_t append(archive*, void* output, const void* bytes, std::size_t size) {
  static_cast<std::string*>(output)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

}  // namespace

void ZipWriter::Free::operator()(archive* a) const { archive_write_free(a); }

ZipWriter::ZipWriter() : archive_(archive_write_new()) {
  if (!archive_) throw std::bad_alloc();
  check(archive_write_set_format_zip(archive_.get()));
  check(archive_write_zip_set_compression_store(archive_.get()));
  check(archive_write_set_bytes_per_block(archive_.get(), 0));  // no blocks: all that is written comes out at once
  check(archive_write_open(archive_.get(), &output_, nullptr, append, nullptr));
}

void ZipWriter::begin(const std::string& name, std::uint64_t bytes, WallTime time) {
  const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(), archive_entry_free);
  if (!entry) throw std::bad_alloc();
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_mtime(entry.get(), std::chrono::system_clock::to_time_t(time), 0);
  check(archive_write_header(archive_.get(), entry.get()));
}

void ZipWriter::write(std::span<const std::byte> bytes) {
  const auto written = archive_write_data(archive_.get(), bytes.data(), bytes.size());
  if (written != static_cast<la_ssize_t>(bytes.size())) check(ARCHIVE_FATAL);
}

void ZipWriter::end() { check(archive_write_close(archive_.get())); }

std::string ZipWriter::take() { return std::exchange(output_, {}); }

void ZipWriter::check(int answer) {
  if (answer == ARCHIVE_OK) return;
  const char* why = archive_error_string(archive_.get());
  throw std::runtime_error(std::string("the archive cannot be written: ") + (why != nullptr ? why : "no reason given"));
}

}  // namespace kiln::http
