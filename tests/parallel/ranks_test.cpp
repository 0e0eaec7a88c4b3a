/// Ranks without MPI: one process, threads, errors that reach everybody, and what a launcher's environment
/// does.
#include "keyway/parallel/ranks.hpp"

#include "support/thread_ranks.hpp"

#include "keyway/core/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>

namespace keyway::parallel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(OneRank, IsFirstOfOneAndChangesNothing) {
    Ranks& alone = one_rank();
    EXPECT_EQ(alone.rank(), 0);
    EXPECT_EQ(alone.size(), 1);
    std::vector<float> values = {1, 2};
    alone.sum(values);
    EXPECT_THAT(values, ElementsAre(1, 2));
    EXPECT_THAT(alone.gather("a"), ElementsAre("a"));
    EXPECT_EQ(on_first_rank(alone, [] { return std::string("b"); }), "b");
}

TEST(Together, GivesEveryRankWhatEachSaid) {
    std::atomic<int> right = 0;
    testing::run_on_thread_ranks(3, [&](Ranks& ranks) {
        const auto texts =
            together(ranks, [&] { return std::string(1, static_cast<char>('a' + ranks.rank())); });
        const std::string first =
            on_first_rank(ranks, [&] { return std::to_string(ranks.rank()) + " says"; });
        right += texts == std::vector<std::string>{"a", "b", "c"} && first == "0 says";
    });
    EXPECT_EQ(right, 3);
}

TEST(Together, AnErrorOnOneRankEndsAllWithItsKind) {
    std::vector<std::string> messages(3);
    std::vector<int> codes(3);
    testing::run_on_thread_ranks(3, [&](Ranks& ranks) {
        const auto me = static_cast<std::size_t>(ranks.rank());
        try {
            together(ranks, [&]() -> std::string {
                if (me == 1) throw Error(ErrorKind::output, "the disk is full", "make room");
                return "";
            });
        } catch (const Error& error) {
            messages[me] = error.what();
            codes[me] = exit_code(error.kind());
        }
    });
    EXPECT_THAT(messages, ElementsAre("rank 1 failed: the disk is full", "the disk is full",
                                      "rank 1 failed: the disk is full"));
    EXPECT_THAT(codes, ElementsAre(74, 74, 74));
}

/// Sets a variable for one test.
struct Variable {
    const char* name;
    Variable(const char* variable, const char* value) : name(variable) { setenv(name, value, 1); }
    ~Variable() { unsetenv(name); }
};

TEST(StartRanks, WithoutMpiIsOneProcessAlsoInsideAnAllocation) {
    const Variable allocation("SLURM_NTASKS", "4"), step("SLURM_STEP_NUM_TASKS", "1");
    EXPECT_EQ(start_ranks(Launch::alone, 1)->size(), 1);
}

TEST(StartRanks, RefusesToBeOneOfManyThatDoNotKnowOfEachOther) {
    for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"}) {
        const Variable launcher(name, "4");
        try {
            start_ranks(Launch::alone, 1);
            FAIL() << name;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            EXPECT_THAT(error.what(), HasSubstr("one of 4 processes"));
            EXPECT_THAT(error.hint(), HasSubstr("--mpi"));
        }
    }
}

TEST(StartRanks, WithoutTheLibrarySaysWhatToInstall) {
    const Variable nowhere("KEYWAY_MPI_LIBRARY", "/nowhere/libkeyway_mpi.so");
    try {
        start_ranks(Launch::mpi, 1);
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("built without MPI"));
        EXPECT_THAT(error.hint(), HasSubstr("libopenmpi-dev"));
    }
}

}  // namespace
}  // namespace keyway::parallel
