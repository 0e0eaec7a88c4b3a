/// What src/parallel/nccl_api.hpp says of NCCL is what nccl.h says. Compiled where there is one.
#include "parallel/nccl_api.hpp"

#include <nccl.h>

#include <cstddef>
#include <type_traits>

namespace keyway::parallel {

static_assert(kNcclSuccess == ncclSuccess && kNcclRemoteError == ncclRemoteError &&
              kNcclInProgress == ncclInProgress);
static_assert(kNcclFloat == ncclFloat32 && kNcclSum == ncclSum);
static_assert(kOldestNccl == NCCL_VERSION(2, 14, 0));
static_assert(sizeof(NcclUniqueId) == sizeof(ncclUniqueId));
static_assert(sizeof(NcclConfig) <= sizeof(ncclConfig_t) &&
              offsetof(NcclConfig, magic) == offsetof(ncclConfig_t, magic) &&
              offsetof(NcclConfig, version) == offsetof(ncclConfig_t, version) &&
              offsetof(NcclConfig, blocking) == offsetof(ncclConfig_t, blocking) &&
              offsetof(NcclConfig, cluster_size) == offsetof(ncclConfig_t, cgaClusterSize));
static_assert(sizeof(ncclResult_t) == sizeof(NcclResult) && sizeof(ncclDataType_t) == sizeof(int) &&
              sizeof(ncclRedOp_t) == sizeof(int) && sizeof(cudaStream_t) == sizeof(void*));

/// One of their types in ours.
template <class T>
struct Ours {
    using Type = std::conditional_t<std::is_enum_v<T>, int, T>;
};
template <>
struct Ours<ncclComm_t> {
    using Type = NcclCommunicator*;
};
template <>
struct Ours<ncclComm_t*> {
    using Type = NcclCommunicator**;
};
template <>
struct Ours<ncclUniqueId> {
    using Type = NcclUniqueId;
};
template <>
struct Ours<ncclUniqueId*> {
    using Type = NcclUniqueId*;
};
template <>
struct Ours<ncclConfig_t*> {
    using Type = NcclConfig*;
};
template <>
struct Ours<ncclResult_t*> {
    using Type = NcclResult*;
};
template <>
struct Ours<cudaStream_t> {
    using Type = void*;
};
template <class Result, class... Arguments>
typename Ours<Result>::Type (*in_our_types(Result (*)(Arguments...)))(typename Ours<Arguments>::Type...);

#define KEYWAY_SAME(member, function) \
    static_assert(std::is_same_v<decltype(NcclApi::member), decltype(in_our_types(&function))>)
KEYWAY_SAME(get_version, ncclGetVersion);
KEYWAY_SAME(get_unique_id, ncclGetUniqueId);
KEYWAY_SAME(init, ncclCommInitRankConfig);
KEYWAY_SAME(all_reduce, ncclAllReduce);
KEYWAY_SAME(async_error, ncclCommGetAsyncError);
KEYWAY_SAME(finalize, ncclCommFinalize);
KEYWAY_SAME(destroy, ncclCommDestroy);
KEYWAY_SAME(abort, ncclCommAbort);
KEYWAY_SAME(error_text, ncclGetErrorString);
KEYWAY_SAME(last_error, ncclGetLastError);

}  // namespace keyway::parallel
