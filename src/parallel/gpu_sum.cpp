/// Who has a GPU of its own, and the sum by NCCL that cannot hang.
///
/// NCCL does not block and is polled, as MPI is: a kernel that waits for a lost rank runs for ever.
#include "keyway/parallel/gpu_sum.hpp"

#include "parallel/nccl_api.hpp"

#include "keyway/core/error.hpp"

#include <sched.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>
#include <thread>
#include <utility>
#include <vector>

namespace keyway::parallel {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr Seconds kSpin{2};          ///< polling without sleep: a sum takes less than a millisecond
constexpr Seconds kLookEvery{0.02};  ///< whether the others live
constexpr Seconds kGoodbye{2};
constexpr auto kWithoutHint =
    "NCCL_DEBUG=INFO lets NCCL say more; KEYWAY_NCCL_LIBRARY=none sums by MPI through main memory";
constexpr auto kAgainHint =
    "run the same command again: it continues from the last checkpoint, with any number of ranks";

class NcclSum : public GpuSum {
public:
    NcclSum(Ranks& ranks, std::string machine, NcclApi api)
        : ranks_(ranks), machine_(std::move(machine)), api_(std::move(api)) {}

    /// Leaving in order takes everybody; where one is missing, what is left is given up.
    ~NcclSum() override {
        if (!communicator_) return;
        const auto began = Clock::now();
        NcclResult state = api_.finalize(communicator_);
        while (state == kNcclInProgress && Clock::now() - began < kGoodbye) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
            if (api_.async_error(communicator_, &state) != kNcclSuccess) break;
        }
        state == kNcclSuccess ? api_.destroy(communicator_) : api_.abort(communicator_);
    }

    void sum(std::span<float> on_gpu, const std::function<bool()>& is_done) override {
        if (!communicator_) start();
        try {
            check(api_.all_reduce(on_gpu.data(), on_gpu.data(), on_gpu.size(), kNcclFloat, kNcclSum,
                                  communicator_, kDefaultStream),
                  "the sum of gradients");
            wait("the sum of gradients", is_done);
        } catch (...) {
            give_up();
            throw;
        }
    }

private:
    static constexpr void* kDefaultStream = nullptr;

    /// On the GPU that is current. Collective.
    void start() {
        // Sums inside NVLink's switches may differ from call to call.
        setenv("NCCL_NVLS_ENABLE", "0", 0);
        const std::string text = on_first_rank(ranks_, [&] {
            NcclUniqueId id{};
            check(api_.get_unique_id(&id), "the start");
            return std::string(id.bytes, sizeof id.bytes);
        });
        NcclUniqueId id{};
        std::memcpy(id.bytes, text.data(), sizeof id.bytes);
        NcclConfig config;
        try {
            check(api_.init(&communicator_, ranks_.size(), id, ranks_.rank(), &config), "the start");
            wait("the start", [] { return true; });
        } catch (...) {
            give_up();
            throw;
        }
    }

    void check(NcclResult result, const char* what) {
        if (result == kNcclSuccess || result == kNcclInProgress) return;
        if (result == kNcclRemoteError) ranks_.look_for_lost(0);
        std::string message = "rank " + std::to_string(ranks_.rank()) + " (" + machine_ + "): NCCL " +
                              api_.version + ": " + what + ": " + api_.error_text(result);
        if (const char* last = api_.last_error(communicator_); last && *last)
            message += std::string(": ") + last;
        if (result == kNcclRemoteError) throw Error(ErrorKind::interrupted, message, kAgainHint);
        throw Error(ErrorKind::failure, message, kWithoutHint);
    }

    void wait(const char* what, const std::function<bool()>& is_done) {
        const auto began = Clock::now();
        auto looked = began;
        for (;;) {
            NcclResult state = kNcclSuccess;
            check(api_.async_error(communicator_, &state), what);
            check(state, what);
            if (state == kNcclSuccess && is_done()) return;
            const auto now = Clock::now();
            if (now - looked > kLookEvery) {
                looked = now;
                ranks_.look_for_lost(Seconds(now - began).count());
            }
            if (now - began < kSpin)
                sched_yield();
            else
                std::this_thread::sleep_for(std::chrono::microseconds(100));
        }
    }

    /// Ends a kernel that waits for a lost rank.
    void give_up() {
        if (communicator_) api_.abort(std::exchange(communicator_, nullptr));
    }

    Ranks& ranks_;
    std::string machine_;
    NcclApi api_;
    NcclCommunicator* communicator_ = nullptr;
};

/// What a rank tells the others, as lines.
struct Candidate {
    std::string machine, gpu, problem, nccl;

    std::string to_text() const { return machine + '\n' + gpu + '\n' + problem + '\n' + nccl; }
    static Candidate from_text(const std::string& text) {
        Candidate candidate;
        std::string* const fields[] = {&candidate.machine, &candidate.gpu, &candidate.problem,
                                       &candidate.nccl};
        std::size_t begin = 0;
        for (std::string* field : fields) {
            const std::size_t end = text.find('\n', begin);
            *field = text.substr(begin, end - begin);
            begin = end == std::string::npos ? text.size() : end + 1;
        }
        return candidate;
    }
};

/// Why these ranks cannot sum by NCCL; empty: they can.
std::string obstacle(const std::vector<Candidate>& ranks) {
    std::map<std::string, std::size_t> owner;
    for (std::size_t r = 0; r < ranks.size(); ++r) {
        const std::string name = "rank " + std::to_string(r);
        const Candidate& rank = ranks[r];
        if (!rank.problem.empty()) return name + " (" + rank.machine + "): " + rank.problem;
        if (rank.gpu.empty()) return name + " (" + rank.machine + ") computes on the CPU";
        const auto [first, fresh] = owner.emplace(rank.machine + '\n' + rank.gpu, r);
        if (!fresh)
            return "ranks " + std::to_string(first->second) + " and " + std::to_string(r) +
                   " share the GPU " + rank.gpu + " of " + rank.machine + ", which NCCL refuses";
        if (rank.nccl != ranks[0].nccl)
            return "ranks 0 and " + std::to_string(r) + " have NCCL " + ranks[0].nccl + " and " + rank.nccl;
    }
    return {};
}

}  // namespace

GpuSumChoice choose_gpu_sum(Ranks& ranks, const Place& place) {
    if (ranks.size() == 1) return {};
    Candidate mine{place.machine, place.gpu, place.problem, {}};
    NcclApi api{};
    try {
        if (!mine.gpu.empty()) api = open_nccl();
        mine.nccl = api.version;
    } catch (const Error& error) {
        mine.problem = error.what();
    }
    std::vector<Candidate> everyone;
    bool any_gpu = false;
    for (const std::string& text : ranks.gather(mine.to_text())) {
        everyone.push_back(Candidate::from_text(text));
        any_gpu |= !everyone.back().gpu.empty() || !everyone.back().problem.empty();
    }
    if (!any_gpu) return {};
    if (std::string reason = obstacle(everyone); !reason.empty()) return {nullptr, std::move(reason)};
    return {std::make_unique<NcclSum>(ranks, place.machine, std::move(api)), {}};
}

std::string nccl_version() {
    try {
        return open_nccl().version;
    } catch (const Error& error) {
        return std::string("none (") + error.what() + ")";
    }
}

}  // namespace keyway::parallel
