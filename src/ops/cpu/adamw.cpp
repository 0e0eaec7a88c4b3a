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

namespace {

/// Restricted parameters, not members of a struct: only then does GCC see that the arrays are apart.
void update(std::int64_t count, float* __restrict w, float* __restrict g, float* __restrict m,
            float* __restrict v, float* __restrict average, const float* __restrict decay,
            const AdamwFactors& factors) {
    const AdamwFactors f = factors;
    for (std::int64_t k = 0; k < count; ++k) {
        const float slope = g[k] * f.gradient;
        const float first = f.beta1 * m[k] + f.one_less_beta1 * slope;
        const float second = f.beta2 * v[k] + f.one_less_beta2 * slope * slope;
        const float kept = w[k] - f.rate * decay[k] * w[k];
        const float next = kept - f.step * first / (__builtin_sqrtf(second) * f.root_correction + f.epsilon);
        g[k] = slope, m[k] = first, v[k] = second, w[k] = next;
        average[k] += f.average * (next - average[k]);
    }
}

}  // namespace

void adamw(const AdamwArrays& arrays, const AdamwFactors& factors) {
    update(arrays.count, arrays.weight, arrays.gradient, arrays.first_moment, arrays.second_moment,
           arrays.average, arrays.decay, factors);
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA
