#include "base/file_kind.h"

#include <gtest/gtest.h>
#include <string>

namespace kiln {
namespace {

FileKind kind_of(const std::string& bytes) { return kind_of_file(bytes, bytes.size()); }

std::string stl(std::uint32_t counted, std::size_t triangles, std::string header) {
  header.resize(80);
  for (int i = 0; i < 4; ++i) header += static_cast<char>(counted >> (8 * i));
  return header + std::string(50 * triangles, '\0');
}

TEST(FileKind, GoesByMagicNumbers) {
  EXPECT_EQ(kind_of("glTF\2"), FileKind::glb);
  EXPECT_EQ(kind_of("#?RADIANCE\n"), FileKind::radiance_hdr);
  EXPECT_EQ(kind_of("\x76\x2f\x31\x01"), FileKind::openexr);
  EXPECT_EQ(kind_of("PK\3\4"), FileKind::zip);
  EXPECT_EQ(kind_of("ply\nformat"), FileKind::ply);
  EXPECT_EQ(kind_of("ply\r\nformat"), FileKind::ply);
  EXPECT_EQ(kind_of("plywood\n"), FileKind::unknown);
  EXPECT_EQ(kind_of(" \xef\xbb\xbf{"), FileKind::unknown);
  EXPECT_EQ(kind_of("\xef\xbb\xbf {\"asset\""), FileKind::gltf);
}

TEST(FileKind, ABinaryStlFitsItsCountToTheByte) {
  EXPECT_EQ(kind_of(stl(2, 2, "")), FileKind::stl);
  EXPECT_EQ(kind_of(stl(2, 2, "solid x")), FileKind::stl);
  EXPECT_EQ(kind_of(stl(2, 2, "#? a header like no other")), FileKind::stl);
  EXPECT_EQ(kind_of(stl(3, 2, "made by x")), FileKind::stl) << "so that it is told what is wrong";
  EXPECT_EQ(kind_of(stl(3, 2, "")), FileKind::unknown);
  EXPECT_EQ(kind_of(std::string(1000, '\0')), FileKind::unknown);
  // Its first bytes are not the whole file.
  EXPECT_EQ(kind_of_file(stl(5'000'000, 3, ""), 84 + 50 * 5'000'000), FileKind::stl);
}

TEST(FileKind, ATextIsStlOrObjByItsWords) {
  EXPECT_EQ(kind_of("solid a\n facet normal"), FileKind::stl);
  EXPECT_EQ(kind_of("  SOLID\nFACET"), FileKind::stl);
  EXPECT_EQ(kind_of("solid advice is rare\n"), FileKind::unknown);
  EXPECT_EQ(kind_of("# a comment\n\n  v 1 2 3\n"), FileKind::obj);
  EXPECT_EQ(kind_of("v -.5e3 nan 0"), FileKind::obj);
  EXPECT_EQ(kind_of("mtllib a.mtl\r\n"), FileKind::obj);
  EXPECT_EQ(kind_of("v for victory\n"), FileKind::unknown);
  EXPECT_EQ(kind_of("hello world\n"), FileKind::unknown);
  EXPECT_EQ(kind_of("# only a comment\n"), FileKind::unknown);
  EXPECT_EQ(kind_of(std::string("v 1 2 3\0\n", 9)), FileKind::unknown);
  EXPECT_EQ(kind_of("%PDF-1.7"), FileKind::unknown);
  EXPECT_EQ(kind_of("<html>"), FileKind::unknown);
  EXPECT_EQ(kind_of(""), FileKind::unknown);
}

}  // namespace
}  // namespace kiln
