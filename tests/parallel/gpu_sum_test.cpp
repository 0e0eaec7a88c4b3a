/// Sums by NCCL, which is a fake here: who may, what the numbers become, and how losses and errors end.
#include "keyway/parallel/gpu_sum.hpp"

#include "parallel/fake_nccl.hpp"
#include "support/thread_ranks.hpp"

#include "keyway/core/error.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>

namespace keyway::parallel {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Ranks of which one is found lost as soon as somebody waits and looks.
class WithLostRank : public Ranks {
public:
    explicit WithLostRank(Ranks& ranks) : ranks_(ranks) {}
    int rank() const override { return ranks_.rank(); }
    int size() const override { return ranks_.size(); }
    void sum(std::span<float> values) override { ranks_.sum(values); }
    std::vector<std::string> gather(const std::string& text) override { return ranks_.gather(text); }
    void look_for_lost(double) override { throw Error(ErrorKind::interrupted, "rank 2 was lost"); }

private:
    Ranks& ranks_;
};

class GpuSums : public ::testing::Test {
protected:
    GpuSums() {
        setenv("KEYWAY_NCCL_LIBRARY", KEYWAY_FAKE_NCCL, 1);
        library_ = dlopen(KEYWAY_FAKE_NCCL, RTLD_NOW);
        auto* get = reinterpret_cast<testing::FakeNcclKnobs*>(dlsym(library_, testing::kFakeNcclKnobs));
        nccl = &get();
        nccl->reset();
    }
    ~GpuSums() override {
        unsetenv("KEYWAY_NCCL_LIBRARY");
        dlclose(library_);
    }

    static std::vector<Place> apart(int count) {
        std::vector<Place> places;
        for (int k = 0; k < count; ++k)
            places.push_back({"node1", "0000:0" + std::to_string(k) + ":00.0", ""});
        return places;
    }

    /// The reason for main memory that all ranks give; none: NCCL.
    std::optional<std::string> reason(const std::vector<Place>& places) {
        std::vector<std::optional<std::string>> reasons(places.size());
        testing::run_on_thread_ranks(static_cast<int>(places.size()), [&](Ranks& ranks) {
            const auto me = static_cast<std::size_t>(ranks.rank());
            const auto choice = choose_gpu_sum(ranks, places[me]);
            if (!choice.sum) reasons[me] = choice.reason;
        });
        for (const auto& one : reasons) EXPECT_EQ(one, reasons[0]);
        return reasons[0];
    }

    struct Outcome {
        std::vector<float> values;
        std::string message, hint;
        int code = 0;
    };
    /// Two sums by three ranks that begin with 1, 10 and 100.
    std::vector<Outcome> sums(bool one_is_lost = false) {
        std::vector<Outcome> outcomes(3);
        testing::run_on_thread_ranks(3, [&](Ranks& thread_ranks) {
            WithLostRank with_lost(thread_ranks);
            Ranks& ranks = one_is_lost ? static_cast<Ranks&>(with_lost) : thread_ranks;
            const auto me = static_cast<std::size_t>(ranks.rank());
            Outcome& outcome = outcomes[me];
            outcome.values = {me == 0 ? 1.f : me == 1 ? 10.f : 100.f, 0.f};
            const auto choice = choose_gpu_sum(ranks, apart(3)[me]);
            try {
                for (int k = 0; k < 2; ++k) {
                    int asked = 0;  // the stream still has something to do when it is asked first
                    choice.sum->sum(outcome.values, [&] { return ++asked == 3; });
                    EXPECT_EQ(asked, 3);
                }
            } catch (const Error& error) {
                outcome.message = error.what();
                outcome.hint = error.hint();
                outcome.code = exit_code(error.kind());
            }
        });
        return outcomes;
    }

    testing::FakeNccl* nccl = nullptr;

private:
    void* library_ = nullptr;
};

TEST_F(GpuSums, ComeByNcclWhereEveryRankHasAGpuOfItsOwn) {
    EXPECT_EQ(reason(apart(3)), std::nullopt);
    EXPECT_EQ(reason({{"node1", "0000:3b:00.0", ""}, {"node2", "0000:3b:00.0", ""}}), std::nullopt)
        << "an address is one of its machine";
    EXPECT_EQ(nccl->started, 0) << "before there is something to sum";

    for (const auto& outcome : sums()) {
        EXPECT_EQ(outcome.message, "");
        EXPECT_THAT(outcome.values, ElementsAre(333, 0)) << "111, of three ranks";
    }
    EXPECT_EQ(nccl->summed, 2);
    EXPECT_EQ(nccl->started, 3) << "one communicator for both sums";
    EXPECT_EQ(nccl->destroyed, 3);
    EXPECT_EQ(nccl->aborted, 0);
}

TEST_F(GpuSums, GoThroughMainMemoryOtherwiseAndSayWhy) {
    EXPECT_EQ(reason({{"node1", "", ""}, {"node1", "", ""}}), "") << "CPUs are nothing to speak of";
    EXPECT_EQ(reason({{"node1", "0000:3b:00.0", ""}, {"node2", "", ""}}),
              "rank 1 (node2) computes on the CPU");
    EXPECT_EQ(reason({{"a", "0000:3b:00.0", ""}, {"a", "0000:af:00.0", ""}, {"a", "0000:3b:00.0", ""}}),
              "ranks 0 and 2 share the GPU 0000:3b:00.0 of a, which NCCL refuses");
    EXPECT_EQ(reason({{"a", "0000:3b:00.0", ""}, {"b", "", "libcuda.so.1: no such file"}}),
              "rank 1 (b): libcuda.so.1: no such file");

    nccl->version = 21304;
    EXPECT_EQ(reason(apart(2)), "rank 0 (node1): NCCL: expected 2.14 or newer, got 2.13.4");
    nccl->version = 2708;
    EXPECT_EQ(nccl_version(), "none (NCCL: expected 2.14 or newer, got 2.7.8)");
    setenv("KEYWAY_NCCL_LIBRARY", "none", 1);
    const auto missing = reason(apart(2));
    ASSERT_TRUE(missing);
    EXPECT_THAT(*missing, AllOf(HasSubstr("rank 0 (node1): NCCL: none: "), HasSubstr("cannot open")));
}

TEST_F(GpuSums, NeedOneNcclOnAllRanks) {
    std::vector<std::string> reasons(2);
    testing::run_on_thread_ranks(2, [&](Ranks& ranks) {
        const auto me = static_cast<std::size_t>(ranks.rank());
        struct OtherVersion : WithLostRank {
            using WithLostRank::WithLostRank;
            std::vector<std::string> gather(const std::string& text) override {
                return WithLostRank::gather(rank() == 0 ? text
                                                        : text.substr(0, text.rfind('\n')) + "\n2.21.5");
            }
        } other(ranks);
        reasons[me] = choose_gpu_sum(other, apart(2)[me]).reason;
    });
    EXPECT_THAT(reasons, ElementsAre("ranks 0 and 1 have NCCL 2.28.3 and 2.21.5", reasons[0]));
}

TEST_F(GpuSums, SayWhichRankFailedWhereAndWhatToDo) {
    constexpr auto kAtStart = "NCCL 2.28.3: the start: unhandled system error: no route to host",
                   kAtSum = "NCCL 2.28.3: the sum of gradients: unhandled system error: no route to host";
    const auto expect_failed = [](const std::vector<Outcome>& outcomes, const std::string& what) {
        for (std::size_t r = 0; r < outcomes.size(); ++r) {
            EXPECT_EQ(outcomes[r].message, "rank " + std::to_string(r) + " (node1): " + what);
            EXPECT_THAT(outcomes[r].hint, HasSubstr("KEYWAY_NCCL_LIBRARY=none"));
            EXPECT_EQ(outcomes[r].code, exit_code(ErrorKind::failure));
        }
    };
    nccl->start_result = 2;
    expect_failed(sums(), kAtStart);
    nccl->reset();
    nccl->sum_result = 2;
    expect_failed(sums(), kAtSum);
    EXPECT_EQ(nccl->aborted, 3);
    nccl->reset();
    nccl->silent_rank = 1;
    nccl->later_result = 2;  // found while they wait
    expect_failed(sums(), kAtSum);
    EXPECT_EQ(nccl->aborted, 3);
}

TEST_F(GpuSums, EndWhereARankWasLost) {
    nccl->silent_rank = 2;
    for (const auto& outcome : sums(true)) {
        EXPECT_EQ(outcome.message, "rank 2 was lost");
        EXPECT_EQ(outcome.code, exit_code(ErrorKind::interrupted));
    }
    EXPECT_EQ(nccl->aborted, 3) << "a kernel that waits for it would run for ever";

    nccl->reset();
    nccl->silent_rank = 2;
    nccl->later_result = 6;
    for (const auto& outcome : sums()) {
        EXPECT_THAT(outcome.message, HasSubstr("the sum of gradients: remote process exited"));
        EXPECT_THAT(outcome.hint, HasSubstr("run the same command again"));
        EXPECT_EQ(outcome.code, exit_code(ErrorKind::interrupted));
    }
}

TEST_F(GpuSums, LeaveWithoutAnybodyWhoDoesNotLeave) {
    nccl->never_leaves = true;
    for (const auto& outcome : sums()) EXPECT_EQ(outcome.message, "");
    EXPECT_EQ(nccl->aborted, 3);
    EXPECT_EQ(nccl->destroyed, 0);
}

TEST(Place, IsAMachineAndOnAGpuItsAddress) {
    const Place cpu = place_of("cpu");
    EXPECT_FALSE(cpu.machine.empty());
    EXPECT_EQ(cpu.gpu + cpu.problem, "");
    const Place gpu = place_of("cuda:0");
    EXPECT_NE(gpu.gpu.empty(), gpu.problem.empty()) << "the address, or why there is none";
}

}  // namespace
}  // namespace keyway::parallel
