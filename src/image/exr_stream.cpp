#include "image/exr_stream.h"

#include <IexBaseExc.h>
#include <algorithm>
#include <cstring>

namespace kiln::image {

bool MemoryInput::read(char out[], int n) {
  const auto count = static_cast<std::uint64_t>(std::max(n, 0));
  if (at_ > bytes_.size() || count > bytes_.size() - at_) throw IEX_NAMESPACE::InputExc("the file is cut off");
  if (count > 0) std::memcpy(out, bytes_.data() + at_, count);
  at_ += count;
  return at_ < bytes_.size();
}

void MemoryOutput::write(const char in[], int n) {
  const auto count = static_cast<std::uint64_t>(std::max(n, 0));
  if (count == 0) return;
  bytes_.resize(std::max<std::uint64_t>(bytes_.size(), at_ + count));
  std::memcpy(bytes_.data() + at_, in, count);
  at_ += count;
}

}  // namespace kiln::image
