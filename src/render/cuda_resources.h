#pragma once

#include <cstddef>
#include <cuda_runtime_api.h>
#include <span>
#include <stop_token>
#include <string_view>
#include <utility>

#include "kiln/error.h"

/// Owners of what CUDA hands out. Each belongs to one thread at a time, whose current device is the renderer's.
namespace kiln::render {

/// An ordered queue of work on the current device, with the event that marks the end of what was given to it.
class Stream {
 public:
  static Result<Stream> create();
  Stream(Stream&& other) noexcept
      : stream_(std::exchange(other.stream_, nullptr)), event_(std::exchange(other.event_, nullptr)) {}
  Stream& operator=(Stream&&) = delete;
  ~Stream();

  cudaStream_t get() const { return stream_; }

  /// Waits until all work given so far is done. With `stop` requested it returns Error `cancelled` at once and leaves
  /// the work running: what is given later comes after it. Errors of that work show here.
  Result<void> wait(std::string_view doing, const std::stop_token& stop = {}) const;

 private:
  Stream() = default;

  cudaStream_t stream_ = nullptr;
  cudaEvent_t event_ = nullptr;
};

/// Device memory. Empty as constructed; freeing waits for the work that uses it.
class DeviceBuffer {
 public:
  /// Errors: out_of_device_memory, naming `what`, the bytes wanted and the bytes free.
  static Result<DeviceBuffer> allocate(std::size_t bytes, std::string_view what);

  DeviceBuffer() = default;
  DeviceBuffer(DeviceBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  DeviceBuffer& operator=(DeviceBuffer&& other) noexcept;
  ~DeviceBuffer() { release(); }

  void* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }
  void release();

 private:
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
};

/// A new buffer with the bytes of `source`, copied in stream order; `source` may go once this returns. An empty source
/// gives an empty buffer. With `stop` requested it returns early with Error `cancelled`.
Result<DeviceBuffer> upload_bytes(std::span<const std::byte> source, std::string_view what, const Stream& stream,
                                  const std::stop_token& stop);

}  // namespace kiln::render
