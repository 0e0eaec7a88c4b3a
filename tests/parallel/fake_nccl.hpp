/// The knobs of a library that answers like libnccl.so.2, for ranks that are threads and "GPUs" in main
/// memory.
#pragma once

#include <atomic>

namespace keyway::testing {

/// One for the process.
struct FakeNccl {
    std::atomic<int> version{22803};
    std::atomic<int> start_result{0}, sum_result{0};  ///< what these calls return
    std::atomic<int> later_result{0};                 ///< what a sum under way turns into
    std::atomic<int> silent_rank{-1};                 ///< takes part in nothing from the first sum on
    std::atomic<bool> never_leaves{false};            ///< leaving stays under way
    std::atomic<int> started{0}, summed{0}, destroyed{0}, aborted{0};

    void reset() {
        version = 22803;
        start_result = sum_result = later_result = 0;
        silent_rank = -1;
        never_leaves = false;
        started = summed = destroyed = aborted = 0;
    }
};

/// Exported by the library.
using FakeNcclKnobs = FakeNccl&();
inline constexpr char kFakeNcclKnobs[] = "fake_nccl_knobs";

}  // namespace keyway::testing
