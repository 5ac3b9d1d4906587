#include "render/cuda_resources.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include "render/cuda_error.h"

namespace kiln::render {
namespace {

/// How often wait() looks: short beside a pass of some tens of milliseconds, long enough not to burn a core.
constexpr std::chrono::microseconds kPollInterval{50};

/// Copied between two looks at the stop token: some milliseconds, and large enough to cost nothing.
constexpr std::size_t kUploadPart_bytes = std::size_t{64} << 20;

std::string mebibytes(std::size_t bytes) { return std::to_string((bytes + (1u << 20) - 1) >> 20) + " MiB"; }

}  // namespace

Result<Stream> Stream::create() {
  Stream s;
  // Non-blocking: nothing here uses the default stream, and nobody else's default stream shall hold this one up.
  auto made = check_cuda(cudaStreamCreateWithFlags(&s.stream_, cudaStreamNonBlocking), "creating a CUDA stream");
  if (made) made = check_cuda(cudaEventCreateWithFlags(&s.event_, cudaEventDisableTiming), "creating a CUDA event");
  if (!made) return made.error();
  return s;
}

Stream::~Stream() {
  if (event_) cudaEventDestroy(event_);
  if (stream_) cudaStreamDestroy(stream_);
}

Result<void> Stream::wait(std::string_view doing, const std::stop_token& stop) const {
  if (const auto recorded = check_cuda(cudaEventRecord(event_, stream_), doing); !recorded) return recorded;
  cudaError_t status = cudaEventQuery(event_);
  while (status == cudaErrorNotReady) {
    if (stop.stop_requested()) return Error{ErrorCode::cancelled, std::string(doing) + " was cancelled", ""};
    std::this_thread::sleep_for(kPollInterval);
    status = cudaEventQuery(event_);
  }
  return check_cuda(status, doing);
}

Result<DeviceBuffer> DeviceBuffer::allocate(std::size_t bytes, std::string_view what) {
  DeviceBuffer buffer;
  if (bytes == 0) return buffer;
  const cudaError_t status = cudaMalloc(&buffer.data_, bytes);
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    std::size_t free_bytes = 0, total_bytes = 0;
    cudaMemGetInfo(&free_bytes, &total_bytes);
    return Error{ErrorCode::out_of_device_memory,
                 std::string(what) + " needs " + mebibytes(bytes) + " of device memory; " + mebibytes(free_bytes) +
                     " of " + mebibytes(total_bytes) + " are free",
                 ""};
  }
  if (const auto allocated = check_cuda(status, "allocating device memory"); !allocated) return allocated.error();
  buffer.bytes_ = bytes;
  return buffer;
}

DeviceBuffer& DeviceBuffer::operator=(DeviceBuffer&& other) noexcept {
  if (this != &other) {
    release();
    data_ = std::exchange(other.data_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
  }
  return *this;
}

void DeviceBuffer::release() {
  if (data_) cudaFree(data_);
  data_ = nullptr;
  bytes_ = 0;
}

Result<DeviceBuffer> upload_bytes(std::span<const std::byte> source, std::string_view what, const Stream& stream,
                                  const std::stop_token& stop) {
  auto buffer = DeviceBuffer::allocate(source.size(), what);
  if (!buffer) return buffer;
  auto* target = static_cast<std::byte*>(buffer->data());
  while (!source.empty()) {
    if (stop.stop_requested()) return Error{ErrorCode::cancelled, "copying to the device was cancelled", ""};
    const auto part = source.first(std::min(source.size(), kUploadPart_bytes));
    const auto copied =
        check_cuda(cudaMemcpyAsync(target, part.data(), part.size(), cudaMemcpyHostToDevice, stream.get()),
                   "copying to the device");
    if (!copied) return copied.error();
    target += part.size();
    source = source.subspan(part.size());
  }
  return buffer;
}

}  // namespace kiln::render
