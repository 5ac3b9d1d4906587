#include "base/hashing.h"

#include <cstring>
#include <gtest/gtest.h>
#include <string>

namespace kiln {
namespace {

std::span<const std::byte> bytes_of(const std::string& s) { return std::as_bytes(std::span(s)); }

}  // namespace

// FIPS 180-4 examples.
TEST(Sha256, AgreesWithTheStandard) {
  Sha256 hash;
  hash.update(bytes_of("abc"));
  EXPECT_EQ(hash.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256().hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, DoesNotCareHowTheBytesAreCut) {
  Sha256 whole, cut;
  whole.update(bytes_of("path tracing"));
  cut.update(bytes_of("path "));
  cut.update(bytes_of("tracing"));
  EXPECT_EQ(whole.hex(), cut.hex());
}

TEST(Sha256, OfAMissingFileIsAnError) { EXPECT_EQ(sha256_of_file("/nowhere").error().code, ErrorCode::io_error); }

}  // namespace kiln
