// SPDX-License-Identifier: Apache-2.0
// The parts that checkpoints are made of: checksums, Snappy, protocol buffers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "interchange/tensorflow_writer.h"
#include "rltuner/interchange/snappy.h"
#include "test_support.h"

namespace rltuner {
namespace {

using ::testing::HasSubstr;

Bytes BytesOf(std::string_view text) { return {std::as_bytes(std::span(text)), "FILE", 0}; }

std::string Decompress(std::string_view compressed, std::size_t maximum = 1000) {
  const std::vector<std::byte> plain = SnappyDecompress(BytesOf(compressed), maximum);
  return {reinterpret_cast<const char*>(plain.data()), plain.size()};
}

TEST(Crc32c, EqualsThePublishedCheckValues) {
  EXPECT_EQ(Crc32c(std::as_bytes(std::span("123456789", 9))), 0xE3069283U);
  const std::vector<std::byte> zeros(32);  // RFC 3720, section B.4
  EXPECT_EQ(Crc32c(zeros), 0x8A9136AAU);
}

TEST(Crc32c, GoesOnFromWhatComesBefore) {
  const std::uint32_t first = Crc32c(std::as_bytes(std::span("1234", 4)));
  EXPECT_EQ(Crc32c(std::as_bytes(std::span("56789", 5)), first), 0xE3069283U);
}

TEST(Snappy, CopiesRepeatWhatIsThere) {
  // "abc", then 9 bytes from 3 back (two-byte copy); 4 from 12 back (three-byte copy).
  EXPECT_EQ(Decompress(std::string("\x10\x08"
                                   "abc\x15\x03\x0E\x0C\x00",
                                   10)),
            "abcabcabcabcabca");
}

TEST(Snappy, FarCopiesHaveFourBytesOfDistance) {
  EXPECT_EQ(Decompress(std::string("\x04\x04"
                                   "ab\x07\x02\x00\x00\x00",
                                   9)),
            "abab");
}

TEST(Snappy, LongLiteralsComeBack) {
  for (std::size_t size : {0, 1, 60, 61, 255, 257, 70001}) {
    std::string plain;
    for (std::size_t i = 0; i < size; ++i) plain.push_back(static_cast<char>(i * 7));
    EXPECT_EQ(Decompress(SnappyLiterals(plain), 100000), plain) << size;
  }
}

TEST(Snappy, MoreThanTheMaximumIsRefusedBeforeAnyMemoryIsTaken) {
  EXPECT_THAT(ErrorOf([] { Decompress("\xFF\xFF\xFF\xFF\x0F"); }), HasSubstr("announce"));
  EXPECT_THAT(ErrorOf([] { Decompress(SnappyLiterals(std::string(1001, 'x'))); }),
              HasSubstr("at most 1000"));
}

TEST(Snappy, ACopyFromBeforeTheBeginningIsRefused) {
  EXPECT_THAT(ErrorOf([] {
                Decompress(
                    std::string("\x06\x00"
                                "a\x01\x02",
                                5));
              }),
              HasSubstr("a copy from 2 bytes back where 1 are there"));
}

TEST(Snappy, FewerBytesThanAnnouncedAreRefused) {
  EXPECT_THAT(ErrorOf([] {
                Decompress(
                    std::string("\x05\x00"
                                "a",
                                3));
              }),
              HasSubstr("1 bytes; expected the 5"));
}

TEST(Protobuf, FieldsComeBackInOrder) {
  ProtoWriter writer;
  writer.Number(1, 300);
  writer.Text(2, "text");
  writer.Fixed32(17, 0xDEADBEEF);
  ProtoReader reader(BytesOf(writer.bytes()));
  ProtoField field;
  ASSERT_TRUE(reader.Next(&field));
  EXPECT_EQ(field.value, 300U);
  ASSERT_TRUE(reader.Next(&field));
  EXPECT_EQ(field.bytes.Text(), "text");
  ASSERT_TRUE(reader.Next(&field));
  EXPECT_EQ(field.number, 17U);
  EXPECT_EQ(field.value, 0xDEADBEEF);
  EXPECT_FALSE(reader.Next(&field));
}

TEST(Protobuf, EveryFaultNamesFileAndByte) {
  for (const std::string& bytes :
       {std::string("\x0A\x05"
                    "abc"),
        std::string("\x08"), std::string("\x08\xFF"), std::string("\x0B"),
        std::string("\x00\x01", 2), std::string("\x0D\x01"),
        std::string("\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02")}) {
    EXPECT_THAT(ErrorOf([&] {
                  ProtoReader reader(BytesOf(bytes));
                  for (ProtoField field; reader.Next(&field);) {
                  }
                }),
                ::testing::StartsWith("FILE, byte "));
  }
}

}  // namespace
}  // namespace rltuner
