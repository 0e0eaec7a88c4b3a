/// adamw.hpp over the CPU kernels: fixed blocks of the arena, whatever thread takes them.
#include "keyway/ops/adamw.hpp"

#include "ops/autograd/training_kernels.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace keyway::ops {
namespace {

constexpr std::int64_t kBlock = 16384;

/// work(first, count, block) for every block of n numbers.
template <class Work>
void for_blocks(std::int64_t n, const Work& work) {
    at::parallel_for(0, (n + kBlock - 1) / kBlock, 4, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t block = begin; block < end; ++block)
            work(block * kBlock, std::min(kBlock, n - block * kBlock), block);
    });
}

}  // namespace

double euclidean_norm(const at::Tensor& x) {
    const cpu::TrainingKernels* kernels = kernels_for(x);
    if (!kernels || !x.is_contiguous()) return x.detach().to(at::kDouble).norm().item<double>();
    std::vector<double> sums((x.numel() + kBlock - 1) / kBlock);
    const float* from = floats(x);
    for_blocks(x.numel(), [&](std::int64_t first, std::int64_t count, std::int64_t block) {
        sums[block] = kernels->square_sum(count, from + first);
    });
    return std::sqrt(std::accumulate(sums.begin(), sums.end(), 0.0));
}

void adamw(const AdamwState& state, const AdamwStep& step) {
    const cpu::TrainingKernels* kernels = kernels_for(state.weight);
    if (!kernels) return adamw_reference(state, step);
    const cpu::AdamwFactors factors{.gradient = static_cast<float>(step.gradient_scale),
                                    .beta1 = static_cast<float>(step.beta1),
                                    .one_less_beta1 = static_cast<float>(1 - step.beta1),
                                    .beta2 = static_cast<float>(step.beta2),
                                    .one_less_beta2 = static_cast<float>(1 - step.beta2),
                                    .rate = static_cast<float>(step.learning_rate),
                                    .step = static_cast<float>(step.learning_rate / step.correction1),
                                    .root_correction = static_cast<float>(1 / std::sqrt(step.correction2)),
                                    .epsilon = 1e-8f,
                                    .average = static_cast<float>(step.average)};
    for_blocks(state.weight.numel(), [&](std::int64_t first, std::int64_t count, std::int64_t) {
        kernels->adamw({count, floats(state.weight) + first, floats(state.gradient) + first,
                        floats(state.first_moment) + first, floats(state.second_moment) + first,
                        floats(state.average) + first, floats(state.decay) + first},
                       factors);
    });
}

}  // namespace keyway::ops
