/// Atoms, bonds and stereocentres: embedding sums, the GINE aggregation with its norm, signed volumes.
#include "ops/cpu/axes.hpp"
#include "ops/cpu/ligand_kernels.hpp"
#include "ops/cpu/math.hpp"
#include "ops/cpu/normalise.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {

void embed(std::int64_t rows, const std::int32_t* feature, std::int64_t features, Rows table, Rows y) {
    constexpr int W = kRegisterLanes;
    for (std::int64_t row = 0; row < rows; ++row)
        for (std::int64_t c = 0; c < y.step; c += W) {
            Vec<W> sum{};
            for (std::int64_t k = 0; k < features; ++k)
                sum += load<W>(table[feature[row * features + k]] + c);
            store<W>(y[row] + c, sum);
        }
}

namespace {

/// Messages of one atom's bonds to Across W channels from `c` on, with what it had before.
template <int W, int Across>
inline void gather(const Bonds& bonds, Rows h, std::int64_t i, std::int64_t c, const float* context,
                   float* y) {
    Vec<W> sum[Across] = {};
    for (std::int32_t e = bonds.ptr[i]; e < bonds.ptr[i + 1]; ++e) {
        const std::int64_t row = bonds.type[e] * bonds.table_step + c;
        const float *gate = bonds.gate + row, *embedding = bonds.embedding + row,
                    *sender = h[bonds.sender[e]] + c;
        for (int v = 0; v < Across; ++v)
            sum[v] +=
                load<W>(gate + v * W) * silu_of<W>(load<W>(sender + v * W) + load<W>(embedding + v * W));
    }
    for (int v = 0; v < Across; ++v) {
        sum[v] += load<W>(h[i] + c + v * W);
        if (context) sum[v] += load<W>(context + c + v * W);
        store<W>(y + c + v * W, sum[v]);
    }
}

}  // namespace

/// y = LN(h + context + sum over bonds of gate * SiLU(h_sender + embedding))
void gine_input(const Bonds& bonds, Rows h, const Norm& norm, Rows y) {
    constexpr int kAcross = 4;  // silus that hide each other's latency
    with_lanes(static_cast<int>(norm.channels), [&]<int W>() {
        for (std::int64_t i = 0; i < bonds.atoms; ++i) {
            const float* context = bonds.context.data ? bonds.context[bonds.ligand_of_atom[i]] : nullptr;
            std::int64_t c = 0;
            for (; c + kAcross * W <= norm.channels; c += kAcross * W)
                gather<W, kAcross>(bonds, h, i, c, context, y[i]);
            for (; c < norm.channels; c += W) gather<W, 1>(bonds, h, i, c, context, y[i]);
            normalise<W>(y[i], norm, y[i]);
        }
    });
}

void sum_rows(std::int64_t rows, Rows x, float scale, float* y) {
    constexpr int W = kRegisterLanes;
    for (std::int64_t c = 0; c < x.step; c += W) {
        Vec<W> sum{};
        for (std::int64_t row = 0; row < rows; ++row) sum += load<W>(x[row] + c);
        store<W>(y + c, sum * scale);
    }
}

void add_row(const float* x, float* y, std::int64_t n) {
    constexpr int W = kRegisterLanes;
    for (std::int64_t c = 0; c < n; c += W) add_to<W>(y + c, load<W>(x + c));
}

/// y [S, G] = tanh(sign * det(p0 - p3, p1 - p3, p2 - p3))
void stereo_volumes(const Stereo& stereo, Rows y) {
    for (std::int64_t s = 0; s < stereo.centres; ++s) {
        const float* p[4];
        for (int k = 0; k < 4; ++k)
            p[k] = stereo.neighbour[4 * s + k] < 0 ? stereo.hydrogen : stereo.point[4 * s + k];
        float* out = y[s];
        for (std::int64_t g = 0; g < y.step; ++g) out[g] = 0;
        for (std::int64_t g = 0; g < stereo.coordinates; ++g)
            out[g] = stereo.sign[s] * Corner(p, 3 * g).volume();
        for (std::int64_t g = 0; g < y.step; g += 4) store<4>(out + g, tanh_of<4>(load<4>(out + g)));
    }
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA
