#include "engine/checkpoint.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <span>
#include <spdlog/spdlog.h>
#include <system_error>
#include <type_traits>
#include <unistd.h>

#include "base/files.h"
#include "base/hashing.h"
#include "codec/json.h"
#include "codec/render_request_json.h"
#include "engine/renderer_id.h"

namespace kiln::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::array<char, 8> kMagic{'K', 'i', 'l', 'n', 'C', 'k', 'p', 't'};
constexpr std::uint32_t kFormatVersion = 2;
constexpr std::size_t kHash_bytes = 64;                     // in hex
constexpr std::size_t kPiece_bytes = std::size_t{8} << 20;  // between two looks at the stop token

/// A file is this, the accumulator in row-major order, with a noise threshold the limits and the noise of the pixels
/// likewise, and the SHA-256 of all that in hex. Numbers are this machine's: a checkpoint goes to no other.
struct Header {
  std::array<char, 8> magic = kMagic;
  std::uint32_t format_version = kFormatVersion;
  std::uint32_t width = 0, height = 0;
  std::uint32_t samples_per_pixel = 0;
  std::uint32_t first_sample = 0, sample_count = 0;
  std::uint64_t next_pixel = 0;
  std::array<char, kHash_bytes> key{};
};
static_assert(sizeof(Header) == 104, "no padding: every byte of the file is written and checked");

fs::path temporary_of(fs::path file) { return file += ".part"; }

std::span<const std::byte> bytes_of(const Header& header) { return std::as_bytes(std::span(&header, 1)); }

Header header_of(const CheckpointKey& key, const render::FrameCursor& cursor) {
  Header header;
  header.width = key.width;
  header.height = key.height;
  header.samples_per_pixel = key.samples_per_pixel;
  header.first_sample = cursor.first_sample;
  header.sample_count = cursor.sample_count;
  header.next_pixel = cursor.next_pixel;
  std::copy_n(key.sha256.begin(), std::min(key.sha256.size(), kHash_bytes), header.key.begin());
  return header;
}

/// What lies between the header and the sum, in order; of const bytes for a const checkpoint.
template <class C>
auto body_of(C& checkpoint) {
  const auto bytes_of_all = [](auto& values) {
    if constexpr (std::is_const_v<C>) {
      return std::as_bytes(std::span(values));
    } else {
      return std::as_writable_bytes(std::span(values));
    }
  };
  return std::array{bytes_of_all(checkpoint.accumulator.pixels), bytes_of_all(checkpoint.adaptive.limits),
                    bytes_of_all(checkpoint.adaptive.noise)};
}

Error stopped(const fs::path& file) { return {ErrorCode::cancelled, "writing " + file.string() + " was stopped", ""}; }

Result<void> write_pieces(const FileDescriptor& fd, const fs::path& file, const CheckpointKey& key,
                          const Checkpoint& checkpoint, const std::stop_token& stop) {
  Sha256 hash;
  const auto write = [&](std::span<const std::byte> piece) {
    hash.update(piece);
    return write_all(fd.get(), piece, file);
  };
  if (auto written = write(bytes_of(header_of(key, checkpoint.cursor))); !written) return written;
  for (auto left : body_of(checkpoint)) {
    while (!left.empty()) {
      if (stop.stop_requested()) return stopped(file);
      const auto piece = left.first(std::min(left.size(), kPiece_bytes));
      if (auto written = write(piece); !written) return written;
      if (::fdatasync(fd.get()) != 0) return file_error("cannot sync", file, errno);  // so that no sync takes long
      left = left.subspan(piece.size());
    }
  }
  const std::string sum = hash.hex();
  if (auto written = write_all(fd.get(), std::as_bytes(std::span(sum)), file); !written) return written;
  if (::fsync(fd.get()) != 0) return file_error("cannot sync", file, errno);
  if (stop.stop_requested()) return stopped(file);  // the file may be another's by now
  return {};
}

/// Why a file is not used.
Error unusable(std::string why) { return {ErrorCode::io_error, std::move(why), ""}; }

Result<render::FrameCursor> check_header(const Header& header, const CheckpointKey& key) {
  if (header.magic != kMagic) return unusable("it is no checkpoint");
  if (header.format_version != kFormatVersion) {
    return unusable("it has format version " + std::to_string(header.format_version));
  }
  const render::FrameCursor cursor{header.first_sample, header.sample_count, header.next_pixel};
  const Header expected = header_of(key, cursor);
  if (std::memcmp(&header, &expected, sizeof(Header)) != 0) return unusable("it belongs to another render or build");
  return cursor;
}

/// Reads the rest of the file into the arrays of `checkpoint`, which have their sizes, and compares the sum.
Result<void> read_body(const FileDescriptor& fd, const fs::path& file, const Header& header, Checkpoint& checkpoint) {
  Sha256 hash;
  hash.update(bytes_of(header));
  std::uint64_t at = sizeof(Header);
  for (auto left : body_of(checkpoint)) {
    while (!left.empty()) {
      const auto piece = left.first(std::min(left.size(), kPiece_bytes));
      const auto n = read_at(fd.get(), piece, at, file);
      if (!n) return n.error();
      if (*n != piece.size()) return unusable("it is too short");
      hash.update(piece);
      at += *n;
      left = left.subspan(piece.size());
    }
  }
  std::array<char, kHash_bytes> sum{};
  const auto n = read_at(fd.get(), std::as_writable_bytes(std::span(sum)), at, file);
  if (!n) return n.error();
  if (std::string_view(sum.data(), *n) != hash.hex()) return unusable("it is damaged");
  return {};
}

/// Of the picture of the key, all zero.
Checkpoint empty_checkpoint(const CheckpointKey& key, const render::FrameCursor& cursor) {
  const std::size_t pixels = std::size_t{key.width} * key.height;
  Checkpoint checkpoint{cursor, {key.width, key.height, std::vector<Vec4>(pixels)}, {}};
  if (key.is_adaptive)
    checkpoint.adaptive = {std::vector<std::uint32_t>(pixels), std::vector<render::PixelNoise>(pixels)};
  return checkpoint;
}

/// Whether the frame can have come to where the checkpoint says. Only the pixels that have not ended are rendered.
bool is_possible(const Checkpoint& checkpoint, const CheckpointKey& key) {
  std::uint64_t pixels = std::uint64_t{key.width} * key.height;
  if (key.is_adaptive) {
    if (!render::is_possible(checkpoint.adaptive, pixels, key.samples_per_pixel)) return false;
    pixels = static_cast<std::uint64_t>(std::ranges::count(checkpoint.adaptive.limits, key.samples_per_pixel));
  }
  return render::PassPlanner::is_possible(checkpoint.cursor, pixels, key.samples_per_pixel);
}

Result<Checkpoint> read_all(const fs::path& file, const CheckpointKey& key) {
  auto fd = open_regular_file(file);
  if (!fd) return fd.error();
  Header header;
  const auto n = read_at(fd->get(), std::as_writable_bytes(std::span(&header, 1)), 0, file);
  if (!n) return n.error();
  if (*n != sizeof(Header)) return unusable("it is too short");
  const auto cursor = check_header(header, key);
  if (!cursor) return cursor.error();
  const std::uint64_t pixels = std::uint64_t{key.width} * key.height;
  const std::uint64_t pixel_bytes =
      sizeof(Vec4) + (key.is_adaptive ? sizeof(std::uint32_t) + sizeof(render::PixelNoise) : 0);
  std::error_code error;
  const std::uint64_t file_bytes = fs::file_size(file, error);
  if (error || file_bytes != sizeof(Header) + pixels * pixel_bytes + kHash_bytes) {
    return unusable("it has the wrong size");
  }
  Checkpoint checkpoint = empty_checkpoint(key, *cursor);
  if (auto read = read_body(*fd, file, header, checkpoint); !read) return read.error();
  if (!is_possible(checkpoint, key)) return unusable("it is damaged");
  return checkpoint;
}

}  // namespace

CheckpointKey checkpoint_key(const RenderRequest& request, const Renderer& renderer) {
  codec::Json json = codec::to_json(request);
  for (const char* not_of_the_accumulator :
       {"exposure_ev", "white_balance_k", "tone_mapping", "format", "bit_depth", "denoise", "aovs", "metadata",
        "time_limit_s", "time_budget_s", "keep_partial"}) {
    json.erase(not_of_the_accumulator);
  }
  if (request.noise_threshold) json["exposure_ev"] = request.exposure_ev;  // it says which pixels are dark
  const std::string text = codec::to_text({{"request", json}, {"renderer", renderer_id(renderer)}});
  Sha256 hash;
  hash.update(std::as_bytes(std::span(text)));
  const Region part = region_of(request);
  return {hash.hex(), part.width, part.height, request.samples_per_pixel, request.noise_threshold.has_value()};
}

Result<void> write_checkpoint(const fs::path& file, const CheckpointKey& key, const Checkpoint& checkpoint,
                              const std::stop_token& stop) {
  const fs::path temporary = temporary_of(file);
  auto fd = create_file(temporary);
  if (!fd) return fd.error();
  Result<void> written = write_pieces(*fd, temporary, key, checkpoint, stop);
  if (written && ::rename(temporary.c_str(), file.c_str()) != 0) written = file_error("cannot rename to", file, errno);
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  return sync_directory(file.has_parent_path() ? file.parent_path() : fs::path("."));
}

std::optional<Checkpoint> read_checkpoint(const fs::path& file, const CheckpointKey& key) {
  std::error_code error;
  fs::remove(temporary_of(file), error);  // of a process that ended while it wrote
  if (!fs::exists(file, error)) return std::nullopt;
  auto checkpoint = read_all(file, key);
  if (checkpoint) return std::move(*checkpoint);
  spdlog::warn("checkpoint {} is discarded: {}", file.string(), checkpoint.error().message);
  fs::remove(file, error);
  return std::nullopt;
}

}  // namespace kiln::engine
