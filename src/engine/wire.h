#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "kiln/error.h"

#include "base/files.h"

/// Frames on the stream socket between the server and a process that it started. A frame is a header of 12 bytes
/// (the magic "KILN", then the version and the length of the text as little-endian 32-bit numbers) and the text.
namespace kiln::engine {

inline constexpr std::uint32_t kWireVersion = 2;
inline constexpr std::size_t kMaxFrameBytes = std::size_t{16} << 20;  ///< of the text

/// The text with its header before it. Errors: limit_exceeded.
Result<std::string> frame_of(std::string_view text);

/// Cuts a stream of bytes into texts. Holds one frame and what was fed beyond it.
class FrameReader {
 public:
  void feed(std::string_view bytes) { buffer_.append(bytes); }

  /// The next whole text; nothing while it is not all there. Errors: io_error for a header that is none, another
  /// version, a length over the limit; the stream is good for nothing then.
  Result<std::optional<std::string>> next();

  bool is_between_frames() const { return buffer_.empty(); }

 private:
  std::string buffer_;
};

/// A connected pair of AF_UNIX stream sockets that an exec closes. Errors: io_error.
Result<std::pair<FileDescriptor, FileDescriptor>> make_socket_pair();

/// Sends one frame; blocks until the kernel has taken it. No signal when the other side is gone, but an error.
Result<void> send_frame(int socket, std::string_view text);

/// Waits for one frame. Nothing at the end of the stream; io_error when that is in the middle of a frame.
Result<std::optional<std::string>> receive_frame(int socket, FrameReader& reader);

}  // namespace kiln::engine
