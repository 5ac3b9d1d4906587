#pragma once

#include <ImfIO.h>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kiln::image {

/// OpenEXR reads from memory through this. Reading past the end throws, as the library expects.
class MemoryInput final : public OPENEXR_IMF_NAMESPACE::IStream {
 public:
  explicit MemoryInput(std::span<const std::byte> bytes) : IStream("picture"), bytes_(bytes) {}
  bool read(char out[], int n) override;
  std::uint64_t tellg() override { return at_; }
  void seekg(std::uint64_t position) override { at_ = position; }

 private:
  std::span<const std::byte> bytes_;
  std::uint64_t at_ = 0;
};

/// OpenEXR writes into memory through this.
class MemoryOutput final : public OPENEXR_IMF_NAMESPACE::OStream {
 public:
  MemoryOutput() : OStream("picture") {}
  void write(const char in[], int n) override;
  std::uint64_t tellp() override { return at_; }
  void seekp(std::uint64_t position) override { at_ = position; }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
  std::uint64_t at_ = 0;
};

}  // namespace kiln::image
