/// Asked at run time: headers for CUDA say nothing about the machine.
#include "model/devices.hpp"

#include "keyway/core/error.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/version.h>

#include <charconv>
#include <fstream>

namespace keyway::model {
namespace {

int cuda_device_count() {
    if (!at::hasCUDA()) return 0;
    return c10::impl::VirtualGuardImpl(c10::DeviceType::CUDA).deviceCount();
}

/// What follows `name` inside LibTorch's own description of itself, the one place that is the same from 1.13
/// on.
std::string setting(const std::string& text, const std::string& name) {
    const auto at = text.find(name);
    if (at == std::string::npos) return "";
    const auto begin = at + name.size();
    return text.substr(begin, text.find_first_of(",\n", begin) - begin);
}

/// File names of BLAS libraries in this process: LibTorch may call whatever libblas.so.3 points to.
std::string loaded_blas_libraries() {
    std::ifstream maps("/proc/self/maps");
    std::string list, last;
    for (std::string line; std::getline(maps, line);) {
        const auto slash = line.rfind('/');
        if (slash == std::string::npos) continue;
        const std::string file = line.substr(slash + 1);
        if (file == last || (file.find("blas") == std::string::npos && file.find("mkl") == std::string::npos))
            continue;
        last = file;
        list += (list.empty() ? "" : ", ") + file;
    }
    return list;
}

}  // namespace

at::Device parse_device(const std::string& name) {
    const int count = cuda_device_count();
    if (name == "auto") return count > 0 ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU);
    if (name == "cpu") return at::kCPU;
    int index = 0;
    bool known = name == "cuda";
    if (name.rfind("cuda:", 0) == 0) {
        const auto [end, error] = std::from_chars(name.data() + 5, name.data() + name.size(), index);
        known = error == std::errc{} && end == name.data() + name.size() && index >= 0;
    }
    if (!known)
        throw Error(ErrorKind::usage, "unknown device \"" + name + "\"",
                    "expected auto, cpu, cuda or cuda:K");
    if (count == 0)
        throw Error(ErrorKind::usage,
                    "device " + name + " is not available: this LibTorch sees no CUDA device",
                    "use --device cpu; `keyway doctor` shows what LibTorch sees");
    if (index >= count)
        throw Error(ErrorKind::usage,
                    "device " + name + " is not available: there are " + std::to_string(count));
    return at::Device(at::kCUDA, static_cast<at::DeviceIndex>(index));
}

DeviceInfo device_info() {
    const std::string config = at::show_config();
    DeviceInfo info;
    info.torch_version = TORCH_VERSION;
    info.blas = setting(config, "BLAS_INFO=");
    if (const std::string loaded = loaded_blas_libraries(); !loaded.empty()) info.blas += " (" + loaded + ")";
    info.cpu_capability = setting(config, "CPU capability usage: ");
    for (int k = 0; k < cuda_device_count(); ++k) info.cuda_devices.push_back("cuda:" + std::to_string(k));
    info.cuda_available = !info.cuda_devices.empty();
    return info;
}

void IntraOpThreads::apply() const {
    thread_local int applied = 0;
    const int wanted = threads_;
    if (applied == wanted) return;
    at::set_num_threads(wanted);
    applied = wanted;
}

}  // namespace keyway::model
