#include "engine/wire.h"

#include <gtest/gtest.h>
#include <random>
#include <thread>

namespace kiln::engine {
namespace {

std::string with_header(std::string_view magic, char version, std::uint32_t length, std::string_view text) {
  std::string frame(magic);
  frame.append({version, 0, 0, 0});
  for (int shift = 0; shift < 32; shift += 8) frame.push_back(static_cast<char>((length >> shift) & 0xff));
  return frame.append(text);
}

TEST(Wire, AFrameIsMagicVersionLengthAndText) {
  EXPECT_EQ(frame_of("hello").value(), with_header("KILN", kWireVersion, 5, "hello"));
  EXPECT_EQ(frame_of("").value(), with_header("KILN", kWireVersion, 0, ""));
}

TEST(Wire, CutsTextsOutOfAStreamThatComesByteByByte) {
  const std::string stream = *frame_of("one") + *frame_of("") + *frame_of(std::string(70'000, 'x'));
  FrameReader reader;
  std::vector<std::string> texts;
  for (const char byte : stream) {
    reader.feed({&byte, 1});
    while (auto text = reader.next().value()) texts.push_back(std::move(*text));
  }
  EXPECT_EQ(texts, (std::vector<std::string>{"one", "", std::string(70'000, 'x')}));
  EXPECT_TRUE(reader.is_between_frames());
}

TEST(Wire, RefusesWhatIsNoFrame) {
  for (const std::string& bytes :
       {with_header("KILM", kWireVersion, 1, "x"), with_header("KILN", kWireVersion + 1, 1, "x"),
        with_header("KILN", kWireVersion, kMaxFrameBytes + 1, ""), with_header("KILN", kWireVersion, 0xffffffff, "")}) {
    FrameReader reader;
    reader.feed(bytes);
    EXPECT_EQ(reader.next().error().code, ErrorCode::io_error) << bytes;
  }
  EXPECT_EQ(frame_of(std::string(kMaxFrameBytes + 1, ' ')).error().code, ErrorCode::limit_exceeded);
}

TEST(Wire, TakesTheLongestTextThatIsAllowed) {
  FrameReader reader;
  reader.feed(*frame_of(std::string(kMaxFrameBytes, ' ')));
  EXPECT_EQ(reader.next().value()->size(), kMaxFrameBytes);
}

TEST(Wire, CarriesTextsThroughASocketUntilItEnds) {
  auto ends = make_socket_pair();
  ASSERT_TRUE(ends);
  std::thread sender([&] {
    EXPECT_TRUE(send_frame(ends->first.get(), "first"));
    EXPECT_TRUE(send_frame(ends->first.get(), std::string(1 << 20, 'y')));
    ends->first.close();
  });
  FrameReader reader;
  EXPECT_EQ(receive_frame(ends->second.get(), reader).value(), "first");
  EXPECT_EQ(receive_frame(ends->second.get(), reader).value()->size(), std::size_t{1} << 20);
  EXPECT_EQ(receive_frame(ends->second.get(), reader).value(), std::nullopt);
  sender.join();
  EXPECT_FALSE(send_frame(ends->second.get(), "nobody is there"));
}

TEST(Wire, AStreamThatEndsInTheMiddleOfAFrameIsAnError) {
  auto ends = make_socket_pair();
  ASSERT_TRUE(ends);
  const std::string frame = *frame_of("cut off");
  ASSERT_TRUE(write_all(ends->first.get(), std::as_bytes(std::span(frame)).first(frame.size() - 1), "socket"));
  ends->first.close();
  FrameReader reader;
  EXPECT_EQ(receive_frame(ends->second.get(), reader).error().code, ErrorCode::io_error);
}

}  // namespace
}  // namespace kiln::engine
