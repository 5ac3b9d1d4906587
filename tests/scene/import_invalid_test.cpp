// Files of other formats that are broken, or lie.
#include <gmock/gmock.h>

#include "import_files.h"

namespace kiln::scene::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string kPoints = "v 0 0 0\nv 1 0 0\nv 1 1 0\n";

std::string ply(const std::string& vertices, const std::string& faces, const std::string& body,
                const std::string& format = "ascii") {
  return "ply\nformat " + format + " 1.0\nelement vertex " + vertices +
         "\nproperty float x\nproperty float y\nproperty float z\nelement face " + faces +
         "\nproperty list uchar int vertex_indices\nend_header\n" + body;
}

TEST(InvalidObj, IsRefusedByItsLine) {
  EXPECT_EQ(refusal(kPoints + "f 1 2 4\n"), "line 4: the index 4 is out of range, there are 3 vertices");
  EXPECT_EQ(refusal(kPoints + "f 1 2 -4\n"),
            "line 4: the index -4 reaches back before the first vertex; 3 stand before the line");
  EXPECT_EQ(refusal(kPoints + "f 1 2 0\n"), "line 4: \"0\" is no index of a vertex");
  EXPECT_EQ(refusal(kPoints + "f 1/1 2/1 3/1\n"),
            "line 4: the index 1 is out of range, there are 0 texture coordinates");
  EXPECT_EQ(refusal(kPoints + "f 1//2 2 3\n"), "line 4: the index 2 is out of range, there are 0 normals");
  EXPECT_EQ(refusal(kPoints + "f 1 2 99999999999999999999\n"),
            "line 4: \"99999999999999999999\" is no index of a vertex");
  EXPECT_EQ(refusal(kPoints + "f 1 2 3/1/1/1\n"), "line 4: a corner has more than three indices");
  EXPECT_EQ(refusal(kPoints + "f 1 2\n"), "line 4: a face has 2 corners, it needs three");
  EXPECT_EQ(refusal("v 0 nan 0\n" + kPoints), "line 1: \"nan\" is no finite number");
  EXPECT_EQ(refusal("v 0 0 0\nv inf 0 0\n"), "line 2: \"inf\" is no finite number");
  EXPECT_EQ(refusal("v 0 0 0\nv 0 1e39 0\n"), "line 2: \"1e39\" is no finite number");
  EXPECT_EQ(refusal("v 0 0 1e999\n"), "line 1: \"1e999\" is no finite number");
  EXPECT_EQ(refusal("v 0 0\n"), "line 1: there are 2 numbers instead of 3");
  EXPECT_EQ(refusal("v 0 0 0x\n"), "line 1: \"0x\" is no finite number");
  EXPECT_EQ(refusal(kPoints + "g caf\xe9\nf 1 2 3\n"), "line 4: the name is not UTF-8");
  EXPECT_EQ(refusal(kPoints + "s many\n"), "line 4: \"many\" is no smoothing group");
  EXPECT_EQ(refusal(kPoints), "OBJ: there are no faces");
  EXPECT_EQ(refusal(kPoints + "# caf\xe9\nf 1 2 3\n"), "loaded") << "comments may be in any encoding";
}

TEST(InvalidObj, IsBoundByTheLimits) {
  Limits limits;
  limits.max_triangles = 5;
  EXPECT_EQ(refusal(box_obj(), limits), "limit_exceeded: OBJ: there are more than 5 triangles");
  limits = {};
  limits.max_vertices = 7;
  EXPECT_EQ(refusal(box_obj(), limits), "limit_exceeded: OBJ: there are more than 7 vertices");
}

/// A star with this many points, as one polygon.
std::string star(int points) {
  std::string text, face = "f";
  for (int i = 0; i < 2 * points; ++i) {
    const double angle = 3.14159265358979 * i / points, radius = i % 2 == 0 ? 1 : 0.5;
    text += "v " + number(static_cast<float>(radius * std::cos(angle))) + " " +
            number(static_cast<float>(radius * std::sin(angle))) + " 0\n";
    face += " " + std::to_string(i + 1);
  }
  return text + face + "\n";
}

TEST(InvalidObj, APolygonOfAMillionCornersDoesNotHangIt) {
  EXPECT_EQ(imported(star(2000)).scene->indices.size(), 3u * 3998);
  EXPECT_EQ(refusal(star(500'000)),
            "limit_exceeded: line 1000001: a polygon of 1000000 corners is not convex; such ones may have 16384");
  std::string same = kPoints + "f";
  for (int i = 0; i < 1'000'000; ++i) same += i % 2 == 0 ? " 1" : " 2";
  EXPECT_EQ(refusal(same + "\n"), "loaded") << "flattened to nothing, but a polygon";
}

TEST(InvalidPly, IsRefusedByItsElement) {
  const std::string triangle = "0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n";
  EXPECT_EQ(refusal(ply("3", "1", triangle)), "loaded");
  EXPECT_EQ(refusal(ply("3", "1", "0 0 0\n1 0 0\n0 1 0\n3 0 1 3\n")),
            "PLY: line 13, face 0 of 1: it refers to vertex 3, but there are 3");
  EXPECT_THAT(refusal(ply("3", "1", "0 0 0\n1 0 0\n0 1 0\n3 0 1 -1\n")), HasSubstr("it refers to vertex -1"));
  EXPECT_THAT(refusal(ply("3", "1", "0 0 0\n1 0 0\n0 1 0\n3 0 1 0.5\n")), HasSubstr("it refers to vertex 0.5"));
  EXPECT_THAT(refusal(ply("3", "1", "0 0 0\n1 0 0\n0 1 0\n3 0 1 1e300\n")), HasSubstr("it refers to vertex 1e+300"));
  EXPECT_EQ(refusal(ply("3", "1", "0 0 0\n1 nan 0\n0 1 0\n3 0 1 2\n")),
            "PLY: line 11, vertex 1 of 3: \"nan\" is no finite number");
  EXPECT_THAT(refusal(ply("3", "1", "0 0 0\n1 1e300 0\n0 1 0\n3 0 1 2\n")),
              HasSubstr("vertex 1 of 3: y is not finite"));
  EXPECT_THAT(refusal(ply("3", "1", "0 0 0\n1 0 0\n0 1 0\n3 0 1\n")),
              HasSubstr("face 0 of 1: the file ends within it"));
  EXPECT_THAT(refusal(ply("3", "1", "0 0 0\n1 0 0\n0 1 0\n-3 0 1 2\n")), HasSubstr("a list cannot be that long"));
  EXPECT_EQ(refusal(ply("3", "0", "0 0 0\n1 0 0\n0 1 0\n")), "PLY: there are no faces, and points are not drawn");
}

TEST(InvalidPly, HoldsItsCountsAgainstTheFile) {
  const std::string body = "0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n";
  const std::string lie = "more than the file has room for";
  EXPECT_THAT(refusal(ply("4000000000", "1", body)), HasSubstr(lie));
  EXPECT_THAT(refusal(ply("3", "4000000000", body)), HasSubstr(lie));
  EXPECT_THAT(refusal(ply("400000000", "1", std::string(64, '\0'), "binary_little_endian")), HasSubstr(lie));
  EXPECT_THAT(refusal(ply("-1", "1", body)), HasSubstr("line 3: PLY: \"-1\" is no count"));
  EXPECT_THAT(refusal(ply("99999999999999999999", "1", body)), HasSubstr("is no count"));
  EXPECT_THAT(refusal("ply\nformat ascii 1.0\nelement nothing 4000000000\nend_header\n"), HasSubstr(lie));
  // A list that says it has 2^32 - 1 members.
  const std::string list =
      "ply\nformat binary_little_endian 1.0\nelement vertex 1\nproperty float x\nproperty float y\nproperty float z\n"
      "element face 1\nproperty list uint int vertex_indices\nend_header\n" +
      std::string(12, '\0') + std::string(4, '\xff') + std::string(8, '\0');
  EXPECT_THAT(refusal(list), HasSubstr("face 0 of 1: the file ends within it"));
}

TEST(InvalidPly, CutOffAnywhereIsRefused) {
  for (const PlyFormat format : {PlyFormat::text, PlyFormat::little}) {
    const std::string whole = box_ply(format);
    for (std::size_t size = 4; size + 2 < whole.size(); ++size)
      EXPECT_NE(refusal(whole.substr(0, size)), "loaded") << size;
  }
}

TEST(InvalidPly, BinaryNumbersMustBeFinite) {
  std::string bytes = box_ply(PlyFormat::little);
  const std::size_t body = bytes.find("end_header\n") + 11;
  bytes.replace(body + 16, 4, bytes_of(std::numeric_limits<float>::quiet_NaN()));
  EXPECT_EQ(refusal(bytes), "PLY: vertex 1 of 8: y is not finite");
}

TEST(InvalidPly, HeadersMustBeWhole) {
  EXPECT_THAT(refusal("ply\nformat ascii 2.0\n"), HasSubstr("line 2: PLY: version \"2.0\" is not 1.0"));
  EXPECT_THAT(refusal("ply\nformat foo 1.0\n"), HasSubstr("format \"foo\" is unknown"));
  EXPECT_THAT(refusal("ply\nformat ascii 1.0\nproperty float x\n"), HasSubstr("before the first element"));
  EXPECT_THAT(refusal("ply\nformat ascii 1.0\nelement vertex 1\nproperty half x\n"),
              HasSubstr("type \"half\" is unknown"));
  EXPECT_THAT(refusal("ply\nformat ascii 1.0\nelement vertex 1\nproperty list float int x\n"),
              HasSubstr("no type of a list's length"));
  EXPECT_THAT(refusal("ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nend_header\n1\n"),
              HasSubstr("vertices lack x, y or z"));
  EXPECT_THAT(refusal("ply\nwhatever\n"), HasSubstr("unknown statement"));
  EXPECT_THAT(
      refusal("ply\nformat ascii 1.0\nelement face 1\nproperty list uchar int vertex_indices\nelement vertex 1\n"
              "property float x\nend_header\n0\n0\n"),
      HasSubstr("faces come before vertices"));
}

TEST(InvalidStl, SaysWhatItsHeaderPromises) {
  const std::string whole = box_stl_binary();
  EXPECT_EQ(refusal(whole.substr(0, whole.size() - 1)),
            "STL: the header counts 12 triangles of 50 bytes, but 599 bytes follow, which hold 11");
  std::string lie = whole;
  lie.replace(80, 4, bytes_of(std::uint32_t{4'000'000'000}));
  EXPECT_THAT(refusal(lie), StartsWith("STL: the header counts 4000000000 triangles"));
  std::string bad = whole;
  bad.replace(84 + 50 + 12, 4, bytes_of(std::numeric_limits<float>::infinity()));
  EXPECT_EQ(refusal(bad), "STL: triangle 1 has a corner that is not finite");
  EXPECT_EQ(refusal(std::string(84, '\0')), "STL: there are no triangles");
  Limits limits;
  limits.max_triangles = 11;
  EXPECT_EQ(refusal(whole, limits), "limit_exceeded: STL: there are more than 11 triangles");
}

TEST(InvalidStl, TextIsRefusedByItsLine) {
  const std::string start = "solid a\nfacet normal 0 0 1\nouter loop\n";
  EXPECT_EQ(refusal(start + "vertex 0 0 inf\n"), "line 4: STL: a vertex is not three finite numbers");
  EXPECT_EQ(refusal(start + "vertex 0 0 0\nvertex 0 0 0\nendloop\n"),
            "line 6: STL: there is \"endloop\" where \"vertex\" should stand");
  EXPECT_EQ(refusal(start + "vertex 0 0 0\n"), "line 4: STL: the file ends where \"vertex\" should stand");
  EXPECT_EQ(refusal("solid a\nendsolid a\n"), "STL: there are no triangles");
  EXPECT_EQ(refusal("solid \xff\nfacet"), "line 1: STL: the name of the solid is not UTF-8");
  const std::string whole = box_stl_text();
  EXPECT_EQ(refusal(whole.substr(0, whole.find("endsolid"))), "line 85: STL: the file ends without \"endsolid\"");
}

TEST(Import, WhatIsNothingOfAllThisIsRefusedAsBefore) {
  EXPECT_EQ(refusal(""), "the file is empty");
  EXPECT_EQ(refusal("hello world\n"), "the JSON text has a syntax error at byte 1");
  EXPECT_THAT(refusal(std::string(500, '\xf0')), StartsWith("the JSON text has a syntax error"));
}

}  // namespace
}  // namespace kiln::scene::test
