#include "engine/renderer_id.h"

#include <span>

#include "base/hashing.h"
#include "engine/code_id.h"

namespace kiln::engine {

std::string renderer_id(const Renderer& renderer) {
  constexpr std::size_t kDigits = 32;
  const std::string text = renderer.backend() + '\n' + renderer.arithmetic() + '\n' + code_id();
  Sha256 hash;
  hash.update(std::as_bytes(std::span(text)));
  return renderer.backend() + '-' + hash.hex().substr(0, kDigits);
}

}  // namespace kiln::engine
