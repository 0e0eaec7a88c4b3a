/// The door to LibTorch: a library that is missing, foreign or of another version is refused with advice.
#include "support/temporary_folder.hpp"

#include "keyway/core/error.hpp"
#include "keyway/model/network.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace keyway::model {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::string refusal(const fs::path& library) {
    setenv("KEYWAY_NETWORK_LIBRARY", library.c_str(), 1);
    std::string said;
    try {
        network();
        ADD_FAILURE() << library << " was accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::failure);
        EXPECT_FALSE(error.hint().empty());
        said = error.what();
    }
    unsetenv("KEYWAY_NETWORK_LIBRARY");
    return said;
}

// These run before the door has been opened: opening is once and for all.
TEST(Door, MissingLibraryIsNamed) {
    EXPECT_THAT(refusal("/nowhere/libkeyway_network.so"), HasSubstr("/nowhere/libkeyway_network.so"));
}

TEST(Door, FileThatIsNoLibraryGivesTheLoadersReason) {
    const testing::TemporaryFolder folder;
    const fs::path file = folder.write(
        "no_library.so", "not an ELF file, but long enough to have a header of sixty-four bytes or so");

    EXPECT_THAT(refusal(file), HasSubstr("no_library.so"));
}

TEST(Door, ForeignLibraryIsRefused) {
    EXPECT_THAT(refusal("/lib/x86_64-linux-gnu/libz.so.1"), HasSubstr("no keyway network library"));
}

TEST(Door, LibraryOfAnotherVersionIsRefused) {
    EXPECT_THAT(refusal(KEYWAY_OTHER_ABI_LIBRARY), HasSubstr("expected interface"));
}

#ifdef KEYWAY_NETWORK_LIBRARY_FILE
TEST(Door, OpensTheLibraryOfThisBuildAndErrorsCrossTheBorder) {
    setenv("KEYWAY_NETWORK_LIBRARY", KEYWAY_NETWORK_LIBRARY_FILE, 1);
    const Network& opened = network();
    unsetenv("KEYWAY_NETWORK_LIBRARY");

    EXPECT_EQ(&network(), &opened);
    EXPECT_FALSE(opened.info().torch_version.empty());
    try {
        opened.load("/nowhere/weights.safetensors", "cpu");
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::input);
        EXPECT_THAT(error.what(), HasSubstr("/nowhere/weights.safetensors"));
    }
}
#endif

}  // namespace
}  // namespace keyway::model
