/// Radial functions of many distances at once, and their adjoint. Every knot is visited for every distance:
/// all lanes do the same, and there are few knots.
#include "ops/cpu/ligand_kernels.hpp"
#include "ops/cpu/math.hpp"
#include "ops/cpu/training.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {
namespace {

constexpr int W = kRegisterLanes;
constexpr std::int64_t kOutputsAtOnce = 8;

inline Vec<W> positive(Vec<W> x) { return x > 0.0f ? x : Vec<W>{}; }

/// The B-spline around zero and its slope.
struct Basis {
    Vec<W> value, slope;
};
inline Basis basis_of(Vec<W> u) {
    const Vec<W> size = u < 0.0f ? -u : u, outer = positive(2.0f - size), inner = positive(1.0f - size);
    const Vec<W> fall = 2.0f * inner * inner - 0.5f * outer * outer;  // of the value with |u|
    return {outer * outer * outer * (1.0f / 6) - inner * inner * inner * (2.0f / 3), u < 0.0f ? -fall : fall};
}

/// `count` of W numbers, zero beyond.
inline Vec<W> load_some(const float* from, std::int64_t count) {
    if (count >= W) return load<W>(from);
    Vec<W> x{};
    for (std::int64_t k = 0; k < count; ++k) x[k] = from[k];
    return x;
}
inline void store_some(float* to, Vec<W> x, std::int64_t count) {
    if (count >= W) return store<W>(to, x);
    for (std::int64_t k = 0; k < count; ++k) to[k] = x[k];
}

/// y_h[at .. at + W) of all outputs h, `step` apart, for distances in units of the knots.
inline void biases(Vec<W> x, const DistanceTable& table, float* y, std::int64_t step, std::int64_t count) {
    for (std::int64_t first = 0; first < table.outputs; first += kOutputsAtOnce) {
        const std::int64_t outputs =
            table.outputs - first < kOutputsAtOnce ? table.outputs - first : kOutputsAtOnce;
        Vec<W> sum[kOutputsAtOnce] = {};
        for (std::int64_t k = 0; k < table.knots; ++k) {
            const Vec<W> value = basis_of(x - static_cast<float>(k - 1)).value;
            const float* c = table.coefficient + k * table.outputs + first;
            for (std::int64_t h = 0; h < outputs; ++h) sum[h] += value * c[h];
        }
        for (std::int64_t h = 0; h < outputs; ++h) store_some(y + (first + h) * step, sum[h], count);
    }
}

inline float knots_per_angstrom(const DistanceTable& table) {
    return static_cast<float>(table.knots) / table.cutoff_angstrom;
}

}  // namespace

void distance_bias(std::int64_t n, const float* distance, const DistanceTable& table, float* y) {
    const float scale = knots_per_angstrom(table);
    for (std::int64_t k = 0; k < n; k += W)
        biases(load_some(distance + k, n - k) * scale, table, y + k, n, n - k);
}

void distance_bias_backward(std::int64_t n, const float* distance, const DistanceTable& table,
                            const float* y_gradient, const DistanceGradient& gradient) {
    const float scale = knots_per_angstrom(table);
    const std::int64_t entries = table.knots * table.outputs;
    float *sums = gradient.scratch, *of_outputs = sums + entries * W;
    for (std::int64_t k = 0; k < entries * W; ++k) sums[k] = 0;
    for (std::int64_t i = 0; i < n; i += W) {
        const Vec<W> x = load_some(distance + i, n - i) * scale;
        for (std::int64_t h = 0; h < table.outputs; ++h)
            store<W>(of_outputs + h * W, load_some(y_gradient + h * n + i, n - i));
        Vec<W> slope{};
        for (std::int64_t k = 0; k < table.knots; ++k) {
            const Basis basis = basis_of(x - static_cast<float>(k - 1));
            Vec<W> through{};
            for (std::int64_t h = 0; h < table.outputs; ++h) {
                const Vec<W> dy = load<W>(of_outputs + h * W);
                through += dy * table.coefficient[k * table.outputs + h];
                add_to<W>(sums + (k * table.outputs + h) * W, dy * basis.value);
            }
            slope += through * basis.slope;
        }
        store_some(gradient.distance + i, slope * scale, n - i);
    }
    for (std::int64_t k = 0; k < entries; ++k) gradient.coefficient[k] = sum_of(load<W>(sums + k * W));
}

void anchor_bias(const Heads& size, const Places& places, float* y) {
    const float scale = knots_per_angstrom(places.table);
    const float *px = places.token, *py = px + size.token_step, *pz = py + size.token_step;
    for (std::int64_t a = 0; a < size.atoms; ++a) {
        const float* x = places.anchor + 3 * a;
        for (std::int64_t t = 0; t < size.token_step; t += W) {
            const Vec<W> dx = load<W>(px + t) - x[0], dy = load<W>(py + t) - x[1],
                         dz = load<W>(pz + t) - x[2];
            const Vec<W> squared = dx * dx + dy * dy + dz * dz + kSoftSquaredAngstrom;
            Vec<W> distance;
            for (int lane = 0; lane < W; ++lane) distance[lane] = __builtin_sqrtf(squared[lane]);
            biases(distance * scale, places.table, y + a * size.token_step + t, size.atoms * size.token_step,
                   W);
        }
    }
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA
