/// SHA-256 against the vectors of FIPS 180-4.
#include "keyway/core/sha256.hpp"

#include "support/temporary_folder.hpp"

#include "keyway/core/error.hpp"

#include <gtest/gtest.h>

namespace keyway {
namespace {

TEST(Sha256, MatchesThePublishedVectors) {
    EXPECT_EQ(sha256_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    Sha256 parts;
    parts.update("a");
    parts.update("bc");
    EXPECT_EQ(parts.finish(), sha256_of("abc"));
}

TEST(Sha256, HashesFilesAndRefusesMissingOnes) {
    const testing::TemporaryFolder folder;
    EXPECT_EQ(sha256_of_file(folder.write("x", "abc")), sha256_of("abc"));
    EXPECT_THROW(sha256_of_file(folder / "missing"), Error);
}

}  // namespace
}  // namespace keyway
