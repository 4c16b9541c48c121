// SPDX-License-Identifier: Apache-2.0
// The parts that checkpoints are made of: checksums and protocol buffers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "interchange/tensorflow_writer.h"
#include "test_support.h"

namespace rltuner {
namespace {

Bytes BytesOf(std::string_view text) { return {std::as_bytes(std::span(text)), "FILE", 0}; }

TEST(Crc32c, EqualsThePublishedCheckValues) {
  EXPECT_EQ(Crc32c(std::as_bytes(std::span("123456789", 9))), 0xE3069283U);
  const std::vector<std::byte> zeros(32);  // RFC 3720, section B.4
  EXPECT_EQ(Crc32c(zeros), 0x8A9136AAU);
}

TEST(Crc32c, GoesOnFromWhatComesBefore) {
  const std::uint32_t first = Crc32c(std::as_bytes(std::span("1234", 4)));
  EXPECT_EQ(Crc32c(std::as_bytes(std::span("56789", 5)), first), 0xE3069283U);
}

TEST(Protobuf, EveryFaultNamesFileAndByte) {
  for (const std::string& bytes :
       {std::string("\x0A\x05"
                    "abc"),
        std::string("\x08"), std::string("\x08\xFF"), std::string("\x0B"),
        std::string("\x00\x01", 2), std::string("\x0D\x01"),
        std::string("\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01")}) {
    EXPECT_THAT(ErrorOf([&] {
                  ReadProto(BytesOf(bytes), [](ProtoReader message) {
                    while (message.next()) message.skip();
                  });
                }),
                ::testing::StartsWith("FILE, byte "));
  }
}

}  // namespace
}  // namespace rltuner
