/// Sums over ranks of numbers that lie on GPUs: by NCCL, with no copy in main memory.
#pragma once

#include "keyway/parallel/ranks.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>

namespace keyway::parallel {

/// Where a rank computes.
struct Place {
    std::string machine;  ///< host name
    std::string gpu;      ///< PCI address, "0000:3b:00.0"; empty on the CPU
    std::string problem;  ///< why the address of its GPU is not known; empty otherwise
};

/// `device`: "cuda:K", or anything else for the CPU. Asks the CUDA driver, so that the GPU is named whatever
/// $CUDA_VISIBLE_DEVICES says.
Place place_of(const std::string& device);

/// The ranks' numbers, each rank's on a GPU of its own.
class GpuSum {
public:
    virtual ~GpuSum() = default;
    /// Replaces each value by its sum over the ranks, the same bits on all. `on_gpu` lies on the GPU that is
    /// current, of one length on all ranks; the sum comes after all work on CUDA's default stream. Returns
    /// when `is_done` says that the stream has nothing left to do. Collective.
    ///
    /// Throws Error(interrupted) where a rank was lost, Error(failure) where NCCL or the GPU fails; not to be
    /// called again then.
    virtual void sum(std::span<float> on_gpu, const std::function<bool()>& is_done) = 0;
};

/// How gradients are summed; the same on every rank but for the pointer.
struct GpuSumChoice {
    std::unique_ptr<GpuSum> sum;  ///< null: by `Ranks::sum`, through main memory
    std::string reason;           ///< of null, for people; empty where all ranks compute on the CPU
};

/// NCCL where it is there and each rank has a GPU of its own, which NCCL requires. Collective. `ranks` must
/// outlive the result. Only "libnccl.so.2" is asked for: LibTorch has loaded the one that it was made with;
/// else the loader looks for it. $KEYWAY_NCCL_LIBRARY names another one ("none": do without).
///
/// Sums of one set of machines, GPUs and NCCL come out equal run after run by NCCL's rings and trees, which
/// add in a fixed order. NVLink's in-switch sums need not (https://github.com/NVIDIA/nccl/issues/1497), so
/// they are turned off unless $NCCL_NVLS_ENABLE is set. Other machines, or another NCCL, add in another
/// order.
GpuSumChoice choose_gpu_sum(Ranks& ranks, const Place& place);

/// "2.28.3", or "none" and why.
std::string nccl_version();

}  // namespace keyway::parallel
