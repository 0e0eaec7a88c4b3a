/// Opens libnccl.so.2 and looks its functions up.
#include "parallel/nccl_api.hpp"

#include "keyway/core/error.hpp"

#include <dlfcn.h>

#include <cstdlib>

namespace keyway::parallel {
namespace {

constexpr char kLibrary[] = "libnccl.so.2";

std::string loader_error() {
    const char* text = dlerror();
    return text ? text : "no reason given";
}

template <class Function>
void look_up(void* library, const char* name, Function*& function) {
    function = reinterpret_cast<Function*>(dlsym(library, name));
    if (!function) throw Error(ErrorKind::failure, "NCCL: " + loader_error());
}

}  // namespace

NcclApi open_nccl() {
    const char* own = std::getenv("KEYWAY_NCCL_LIBRARY");
    void* library = dlopen(own ? own : kLibrary, RTLD_NOW | RTLD_LOCAL);
    if (!library) throw Error(ErrorKind::failure, "NCCL: " + loader_error());
    NcclApi api;
    look_up(library, "ncclGetVersion", api.get_version);
    int version = 0;
    api.get_version(&version);
    const int major = version < 10000 ? 1000 : 10000;  // up to 2.8: 2804
    api.version = std::to_string(version / major) + "." + std::to_string(version % major / 100) + "." +
                  std::to_string(version % 100);
    if (version < kOldestNccl)
        throw Error(ErrorKind::failure, "NCCL: expected 2.14 or newer, got " + api.version);
    look_up(library, "ncclGetUniqueId", api.get_unique_id);
    look_up(library, "ncclCommInitRankConfig", api.init);
    look_up(library, "ncclAllReduce", api.all_reduce);
    look_up(library, "ncclCommGetAsyncError", api.async_error);
    look_up(library, "ncclCommFinalize", api.finalize);
    look_up(library, "ncclCommDestroy", api.destroy);
    look_up(library, "ncclCommAbort", api.abort);
    look_up(library, "ncclGetErrorString", api.error_text);
    look_up(library, "ncclGetLastError", api.last_error);
    return api;
}

}  // namespace keyway::parallel
