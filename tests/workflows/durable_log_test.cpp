/// The log that can be cut back.
#include "workflows/durable_log.hpp"

#include "support/temporary_folder.hpp"
#include "workflows/learning_fixtures.hpp"

#include <gtest/gtest.h>

namespace keyway::workflows {
namespace {

using keyway::testing::read_bytes;
using keyway::testing::TemporaryFolder;
using testing::error_of;

TEST(DurableLog, AppendsAfterTheLengthThatTheCheckpointKnows) {
    TemporaryFolder folder;
    std::uint64_t known = 0;
    {
        DurableLog log(folder / "m.jsonl", 0);
        log.append("one");
        log.sync();
        known = log.bytes();
        log.append("lost");
    }
    EXPECT_EQ(read_bytes(folder / "m.jsonl"), "one\nlost\n");
    DurableLog log(folder / "m.jsonl", known);
    log.append("two");
    EXPECT_EQ(read_bytes(folder / "m.jsonl"), "one\ntwo\n");
    EXPECT_EQ(log.bytes(), 8u);
}

TEST(DurableLog, RefusesAFileThatIsShorterThanTheCheckpointSays) {
    TemporaryFolder folder;
    folder.write("m.jsonl", "one\n");
    EXPECT_EQ(error_of([&] { DurableLog(folder / "m.jsonl", 5); }).code, 4);
    EXPECT_EQ(read_bytes(folder / "m.jsonl"), "one\n");
}

TEST(DurableLog, SaysThatItCannotWrite) {
    TemporaryFolder folder;
    EXPECT_EQ(error_of([&] { DurableLog(folder / "absent" / "m.jsonl", 0); }).code, 74);
    EXPECT_EQ(error_of([&] { DurableLog("/dev/full", 0).append("x"); }).code, 74);
}

}  // namespace
}  // namespace keyway::workflows
