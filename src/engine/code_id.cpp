#include "engine/code_id.h"

#include <cstddef>
#include <elf.h>
#include <fmt/format.h>
#include <link.h>
#include <string_view>

namespace kiln::engine {
namespace {

bool decides_pictures(std::string_view file) {
  const std::string_view name = file.substr(file.rfind('/') + 1);
  return name.empty() || name.starts_with("libm.") || name.starts_with("libembree");  // empty: the program
}

constexpr std::size_t aligned(std::size_t bytes) { return (bytes + 3) & ~std::size_t{3}; }

/// Adds the build id among the notes of one segment, if there is one.
void append_build_id(const char* at, std::size_t bytes, std::string& ids) {
  while (bytes >= sizeof(ElfW(Nhdr))) {
    const auto& note = *reinterpret_cast<const ElfW(Nhdr)*>(at);
    const std::size_t name_at = sizeof note, id_at = name_at + aligned(note.n_namesz);
    const std::size_t end = id_at + aligned(note.n_descsz);
    if (end > bytes) return;
    if (note.n_type == NT_GNU_BUILD_ID && std::string_view(at + name_at, note.n_namesz).starts_with(ELF_NOTE_GNU)) {
      ids += ' ';
      for (std::size_t i = 0; i < note.n_descsz; ++i) {
        ids += fmt::format("{:02x}", static_cast<unsigned char>(at[id_at + i]));
      }
    }
    at += end;
    bytes -= end;
  }
}

int visit(dl_phdr_info* object, std::size_t, void* ids) {
  if (!decides_pictures(object->dlpi_name)) return 0;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const auto& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_NOTE || segment.p_align > 4) continue;  // 8: notes of another kind, laid out otherwise
    const auto* notes = reinterpret_cast<const char*>(object->dlpi_addr + segment.p_vaddr);
    append_build_id(notes, segment.p_memsz, *static_cast<std::string*>(ids));
  }
  return 0;
}

}  // namespace

std::string code_id() {
  std::string ids = KILN_VERSION;
  ::dl_iterate_phdr(visit, &ids);
  return ids;
}

}  // namespace kiln::engine
