/// Which GPU a device name means, as the CUDA driver numbers them.
#include "keyway/core/error.hpp"
#include "keyway/parallel/gpu_sum.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <charconv>
#include <string_view>

namespace keyway::parallel {
namespace {

/// PCI address by the CUDA driver, as NCCL finds it. Throws Error(failure).
std::string pci_address(int ordinal) {
    void* driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!driver) {
        const char* reason = dlerror();
        throw Error(ErrorKind::failure, reason ? reason : "no CUDA driver");
    }
    const auto initialise = reinterpret_cast<int (*)(unsigned)>(dlsym(driver, "cuInit"));
    const auto get_device = reinterpret_cast<int (*)(int*, int)>(dlsym(driver, "cuDeviceGet"));
    const auto get_address = reinterpret_cast<int (*)(char*, int, int)>(dlsym(driver, "cuDeviceGetPCIBusId"));
    int device = 0;
    char address[32] = "";
    if (!initialise || !get_device || !get_address || initialise(0) != 0 ||
        get_device(&device, ordinal) != 0 || get_address(address, sizeof address, device) != 0)
        throw Error(ErrorKind::failure, "the CUDA driver does not tell the GPU's PCI address");
    return address;
}

}  // namespace

Place place_of(const std::string& device) {
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    Place place{host, {}, {}};
    constexpr std::string_view kPrefix = "cuda:";
    if (!device.starts_with(kPrefix)) return place;
    int ordinal = 0;
    std::from_chars(device.data() + kPrefix.size(), device.data() + device.size(), ordinal);
    try {
        place.gpu = pci_address(ordinal);
    } catch (const Error& error) {
        place.problem = error.what();
    }
    return place;
}

}  // namespace keyway::parallel
