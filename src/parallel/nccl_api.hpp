/// The part of NCCL that is used, opened at run time: keyway is built without NCCL or CUDA.
///
/// The declarations follow the ABI of libnccl.so.2, which has kept it since 2.14 (2022);
/// tests/parallel/nccl_header_test.cpp holds them against nccl.h where there is one.
#pragma once

#include <climits>
#include <cstddef>
#include <string>

namespace keyway::parallel {

using NcclResult = int;
inline constexpr NcclResult kNcclSuccess = 0, kNcclRemoteError = 6, kNcclInProgress = 7;
inline constexpr int kNcclFloat = 7, kNcclSum = 0;
inline constexpr int kOldestNccl = 21400;  ///< the first that need not block

struct NcclUniqueId {
    char bytes[128];
};
struct NcclCommunicator;  ///< theirs

/// As NCCL 2.14 knew it. Later ones read `size` bytes and give the rest its default.
struct NcclConfig {
    std::size_t size = sizeof(NcclConfig);
    unsigned magic = 0xcafebeef, version = kOldestNccl;
    int blocking = 0;
    int cluster_size = INT_MIN;  ///< undefined; in place of padding
};

struct NcclApi {
    NcclResult (*get_version)(int*);
    NcclResult (*get_unique_id)(NcclUniqueId*);
    NcclResult (*init)(NcclCommunicator**, int size, NcclUniqueId, int rank, NcclConfig*);
    NcclResult (*all_reduce)(const void* from, void* to, std::size_t count, int type, int operation,
                             NcclCommunicator*, void* stream);
    NcclResult (*async_error)(NcclCommunicator*, NcclResult*);
    NcclResult (*finalize)(NcclCommunicator*);
    NcclResult (*destroy)(NcclCommunicator*);
    NcclResult (*abort)(NcclCommunicator*);
    const char* (*error_text)(NcclResult);
    const char* (*last_error)(NcclCommunicator*);  ///< may be null
    std::string version;                           ///< "2.28.3"
};

/// Stays open until the program ends. Throws Error(failure) with the loader's reason, or for one older than
/// `kOldestNccl`.
NcclApi open_nccl();

}  // namespace keyway::parallel
