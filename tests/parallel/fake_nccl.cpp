/// libnccl.so.2 as far as keyway uses it: sums between threads. Like the real one it returns at once and has
/// to be asked when it is done.
#include "parallel/fake_nccl.hpp"

#include "parallel/nccl_api.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <vector>

using keyway::parallel::kNcclInProgress;
using keyway::parallel::kNcclSuccess;
using keyway::parallel::NcclConfig;
using keyway::parallel::NcclUniqueId;
using keyway::testing::FakeNccl;

namespace {

FakeNccl knobs;
constexpr char kId[] = "the id that rank 0 made";

/// The sums of one clique.
struct Clique {
    std::mutex mutex;
    std::vector<float*> waiting;
    std::size_t count = 0;
    int sums = 0;
} clique;

void add_up() {
    for (std::size_t i = 0; i < clique.count; ++i) {
        float sum = 0;
        for (const float* values : clique.waiting) sum += values[i];
        for (float* values : clique.waiting) values[i] = sum;
    }
    clique.waiting.clear();
    ++clique.sums;
    ++knobs.summed;
}

}  // namespace

namespace keyway::parallel {
struct NcclCommunicator {
    int size, rank;
    int sums;  ///< that it began, and those of the clique before it
    bool leaving = false;
};
}  // namespace keyway::parallel

using keyway::parallel::NcclCommunicator;

extern "C" {

FakeNccl& fake_nccl_knobs() { return knobs; }

int ncclGetVersion(int* version) {
    *version = knobs.version;
    return kNcclSuccess;
}
int ncclGetUniqueId(NcclUniqueId* id) {
    std::memcpy(id->bytes, kId, sizeof kId);
    return kNcclSuccess;
}
int ncclCommInitRankConfig(NcclCommunicator** communicator, int size, NcclUniqueId id, int rank,
                           NcclConfig* config) {
    constexpr int kInvalidArgument = 4;
    if (std::memcmp(id.bytes, kId, sizeof kId) != 0 || config->blocking != 0) return kInvalidArgument;
    if (knobs.start_result != 0) return knobs.start_result;
    const std::lock_guard lock(clique.mutex);
    *communicator = std::make_unique<NcclCommunicator>(NcclCommunicator{size, rank, clique.sums}).release();
    ++knobs.started;
    return kNcclInProgress;
}
int ncclAllReduce(const void* from, void* to, std::size_t count, int type, int operation,
                  NcclCommunicator* communicator, void* stream) {
    constexpr int kInvalidArgument = 4;
    if (from != to || type != 7 || operation != 0 || stream != nullptr) return kInvalidArgument;
    if (knobs.sum_result != 0) return knobs.sum_result;
    const std::lock_guard lock(clique.mutex);
    ++communicator->sums;
    if (communicator->rank == knobs.silent_rank) return kNcclInProgress;
    clique.count = count;
    clique.waiting.push_back(static_cast<float*>(to));
    if (clique.waiting.size() == static_cast<std::size_t>(communicator->size)) add_up();
    return kNcclInProgress;
}
int ncclCommGetAsyncError(NcclCommunicator* communicator, int* state) {
    const std::lock_guard lock(clique.mutex);
    const bool busy = communicator->sums > clique.sums || (communicator->leaving && knobs.never_leaves);
    *state = busy && knobs.later_result != 0 ? knobs.later_result.load()
             : busy                          ? kNcclInProgress
                                             : kNcclSuccess;
    return kNcclSuccess;
}
int ncclCommFinalize(NcclCommunicator* communicator) {
    communicator->leaving = true;
    return kNcclInProgress;
}
int ncclCommDestroy(NcclCommunicator* communicator) {
    const std::unique_ptr<NcclCommunicator> owned(communicator);
    ++knobs.destroyed;
    return kNcclSuccess;
}
int ncclCommAbort(NcclCommunicator* communicator) {
    const std::unique_ptr<NcclCommunicator> owned(communicator);
    const std::lock_guard lock(clique.mutex);
    clique.waiting.clear();
    ++knobs.aborted;
    return kNcclSuccess;
}
const char* ncclGetErrorString(int result) {
    return result == 6 ? "remote process exited" : "unhandled system error";
}
const char* ncclGetLastError(NcclCommunicator*) { return "no route to host"; }
}
