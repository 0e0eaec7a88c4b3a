/// The optimiser's pass over a part of the arena, and the square norm of a part of the gradient.
#include "ops/cpu/lanes.hpp"
#include "ops/cpu/training.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {

double square_sum(std::int64_t n, const float* x) {
    constexpr int kSums = 16;
    double sum[kSums] = {};
    std::int64_t k = 0;
    for (; k + kSums <= n; k += kSums)
        for (int lane = 0; lane < kSums; ++lane) {
            const double value = x[k + lane];
            sum[lane] += value * value;
        }
    double total = 0;
    for (; k < n; ++k) total += static_cast<double>(x[k]) * x[k];
    for (const double part : sum) total += part;
    return total;
}

void adamw(const AdamwArrays& arrays, const AdamwFactors& f) {
    float *__restrict w = arrays.weight, *__restrict g = arrays.gradient,
          *__restrict m = arrays.first_moment, *__restrict v = arrays.second_moment,
          *__restrict average = arrays.average;
    const float* __restrict decay = arrays.decay;
    for (std::int64_t k = 0; k < arrays.count; ++k) {
        const float slope = g[k] * f.gradient;
        const float first = f.beta1 * m[k] + f.one_less_beta1 * slope;
        const float second = f.beta2 * v[k] + f.one_less_beta2 * slope * slope;
        const float kept = w[k] - f.rate * decay[k] * w[k];
        const float next = kept - f.step * first / (__builtin_sqrtf(second) * f.root_correction + f.epsilon);
        g[k] = slope, m[k] = first, v[k] = second, w[k] = next;
        average[k] += f.average * (next - average[k]);
    }
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA
