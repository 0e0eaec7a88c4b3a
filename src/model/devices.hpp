/// Device names, LibTorch's threads, and what this LibTorch is.
#pragma once

#include "keyway/model/network.hpp"

#include <c10/core/Device.h>

#include <atomic>
#include <string>

namespace keyway::model {

/// "auto" (cuda if there is one), "cpu", "cuda", "cuda:k". Throws Error(usage) for another name or a device
/// that is not there.
at::Device parse_device(const std::string& name);

DeviceInfo device_info();

/// Threads that one call of LibTorch may use. LibTorch keeps the number per thread, so every entry of the
/// library applies it to the thread it was called from.
class IntraOpThreads {
public:
    void set(int threads) { threads_ = threads; }
    void apply() const;

private:
    std::atomic<int> threads_ = 1;
};

}  // namespace keyway::model
