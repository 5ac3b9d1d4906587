#include "engine/wire.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace kiln::engine {
namespace {

constexpr std::string_view kMagic = "KILN";
constexpr std::size_t kHeaderBytes = 12;

void append_number(std::string& to, std::uint32_t number) {
  for (int shift = 0; shift < 32; shift += 8) to.push_back(static_cast<char>((number >> shift) & 0xff));
}

std::uint32_t read_number(std::string_view from, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number |= std::uint32_t{static_cast<unsigned char>(from[at + i])} << (8 * i);
  return number;
}

Error broken(const std::string& what) { return {ErrorCode::io_error, "not a frame: " + what, ""}; }

/// The length of the text behind a whole header.
Result<std::size_t> read_header(std::string_view header) {
  if (header.substr(0, kMagic.size()) != kMagic) return broken("it does not begin with " + std::string(kMagic));
  const std::uint32_t version = read_number(header, 4), length = read_number(header, 8);
  if (version != kWireVersion) {
    return broken("version " + std::to_string(version) + " of the protocol instead of " + std::to_string(kWireVersion));
  }
  if (length > kMaxFrameBytes) return broken("a length of " + std::to_string(length) + " bytes");
  return std::size_t{length};
}

}  // namespace

Result<std::string> frame_of(std::string_view text) {
  if (text.size() > kMaxFrameBytes) {
    return Error{ErrorCode::limit_exceeded, "a message of " + std::to_string(text.size()) + " bytes is too long", ""};
  }
  std::string frame;
  frame.reserve(kHeaderBytes + text.size());
  frame.append(kMagic);
  append_number(frame, kWireVersion);
  append_number(frame, static_cast<std::uint32_t>(text.size()));
  frame.append(text);
  return frame;
}

Result<std::optional<std::string>> FrameReader::next() {
  if (buffer_.size() < kHeaderBytes) return std::optional<std::string>();
  const auto length = read_header(buffer_);
  if (!length) return length.error();
  if (buffer_.size() < kHeaderBytes + *length) return std::optional<std::string>();
  std::optional<std::string> text(buffer_.substr(kHeaderBytes, *length));
  buffer_.erase(0, kHeaderBytes + *length);
  return text;
}

Result<std::pair<FileDescriptor, FileDescriptor>> make_socket_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return file_error("cannot make", "a socket pair", errno);
  }
  return std::pair(FileDescriptor(ends[0]), FileDescriptor(ends[1]));
}

Result<void> send_frame(int socket, std::string_view text) {
  const auto frame = frame_of(text);
  if (!frame) return frame.error();
  std::string_view rest = *frame;
  while (!rest.empty()) {
    const ssize_t n = ::send(socket, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return file_error("cannot write to", "the socket", errno);
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<std::optional<std::string>> receive_frame(int socket, FrameReader& reader) {
  std::array<char, 4096> piece{};
  while (true) {
    auto text = reader.next();
    if (!text || *text) return text;
    const ssize_t n = ::recv(socket, piece.data(), piece.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return file_error("cannot read from", "the socket", errno);
    if (n == 0 && !reader.is_between_frames()) return broken("it ends in the middle");
    if (n == 0) return std::optional<std::string>();
    reader.feed({piece.data(), static_cast<std::size_t>(n)});
  }
}

}  // namespace kiln::engine
