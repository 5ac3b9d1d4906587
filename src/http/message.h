#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kiln/error.h"

#include "base/files.h"
#include "http/task.h"

/// Requests and responses in plain types: handlers know nothing of sockets and parsers.
namespace kiln::http {

enum class Method { get, head, post, del, other };

std::string_view name_of(Method m);  ///< "GET", ..., "DELETE"

/// One request's header section. Objects are used again for the next request of a connection, so that a request costs
/// no allocation once the buffers have grown.
class Request {
 public:
  Method method = Method::other;
  unsigned version = 11;   ///< 10 or 11
  bool keep_alive = true;  ///< what the client allows
  std::string target;      ///< as it was sent
  std::string path;        ///< still percent-encoded, without the query; "/" at least
  std::string query;       ///< still percent-encoded, without '?'

  void clear();
  void add_header(std::string_view name, std::string_view value);

  /// The first value of a header, or empty; names compare without case.
  std::string_view header(std::string_view name) const;
  std::size_t count(std::string_view name) const;

  /// All values of a header that is a list, as one list (RFC 9110, 5.3).
  std::string list(std::string_view name) const;

  /// Splits `target` into path and query; takes the absolute form as well (RFC 9112, 3.2.2). False: it is neither.
  bool split_target();

 private:
  struct Slice {
    std::uint32_t name_at, name_size, value_at, value_size;
  };
  std::string text_;  ///< names and values, one after another
  std::vector<Slice> headers_;
};

/// The body of the request being answered; read in pieces, once.
class BodySource {
 public:
  virtual ~BodySource() = default;

  /// The next piece, valid until the next call; empty at the end. Errors: payload_too_large; invalid_request when the
  /// body does not arrive whole (the session then answers by itself, or there is nobody left to answer).
  virtual Task<Result<std::span<const std::byte>>> read() = 0;
};

/// The whole body as text. Errors: those of read; payload_too_large over `limit_bytes`.
Task<Result<std::string>> read_text(BodySource& body, std::size_t limit_bytes);

/// Who sent the request being answered.
class Peer {
 public:
  virtual ~Peer() = default;

  /// From now on `left` is called, once and never inside this call, when the peer closes or loses the connection; until
  /// another is set, or an empty one. Requests that the peer sends meanwhile stay where they are.
  virtual void on_leave(std::function<void()> left) = 0;
};

/// Bytes [offset, offset + length) of an open file.
struct FileBody {
  FileDescriptor fd;
  std::uint64_t offset = 0, length = 0;
};

using SharedText = std::shared_ptr<const std::string>;

/// A body that is made while it is sent, of unknown length.
class BodyStream {
 public:
  virtual ~BodyStream() = default;

  /// The next piece, which may be long in coming; null at the end, empty pieces are passed over.
  virtual Task<SharedText> next() = 0;

  /// The peer has left: next() gives null, soon, also where it waits.
  virtual void stop() {}
};

struct Response {
  unsigned status = 200;
  std::string_view content_type;  ///< of static lifetime; empty: no body
  std::string headers;            ///< further lines, each ended by CRLF
  std::variant<std::monostate, std::string, SharedText, FileBody, std::unique_ptr<BodyStream>> body;
  bool close = false;   ///< the connection ends with this answer
  double waited_s = 0;  ///< that the client asked for: not counted as time that the answer took

  void add_header(std::string_view name, std::string_view value);
  std::uint64_t body_bytes() const;
};

inline constexpr std::string_view kJsonType = "application/json";
inline constexpr std::string_view kTextType = "text/plain; charset=utf-8";

Response json_response(unsigned status, SharedText text);
Response json_response(unsigned status, std::string text);

/// The reason phrase of a status that this server sends.
std::string_view reason_of(unsigned status);

}  // namespace kiln::http
