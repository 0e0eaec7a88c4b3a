/// CRC-32C against the published check values (RFC 3720, B.4).
#include "keyway/core/crc32c.hpp"

#include <gtest/gtest.h>

#include <string>

namespace keyway {
namespace {

TEST(Crc32c, GivesThePublishedValues) {
    EXPECT_EQ(crc32c(""), 0u);
    EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
    EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62A8AB43u);
}

TEST(Crc32c, GoesOnWhereItStopped) {
    const std::string text = "a text of some length, cut at every place";
    for (std::size_t cut = 0; cut <= text.size(); ++cut)
        EXPECT_EQ(crc32c(text.substr(cut), crc32c(text.substr(0, cut))), crc32c(text)) << cut;
}

}  // namespace
}  // namespace keyway
