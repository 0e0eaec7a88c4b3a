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

/// y = LN(h + context + sum over bonds of gate * SiLU(h_sender + embedding)). Bond by bond over all channels:
/// an atom has too few bonds for an inner loop.
void gine_input(const Bonds& bonds, Rows h, const Norm& norm, Rows y) {
    with_lanes(static_cast<int>(norm.channels), [&]<int W>() {
        for (std::int64_t i = 0; i < bonds.atoms; ++i) {
            float* sum = y[i];
            for (std::int64_t c = 0; c < norm.channels; c += W) store<W>(sum + c, Vec<W>{});
            for (std::int32_t e = bonds.ptr[i]; e < bonds.ptr[i + 1]; ++e) {
                const std::int64_t row = bonds.type[e] * bonds.table_step;
                const float *gate = bonds.gate + row, *embedding = bonds.embedding + row,
                            *sender = h[bonds.sender[e]];
                for (std::int64_t c = 0; c < norm.channels; c += W)
                    add_to<W>(sum + c,
                              load<W>(gate + c) * silu_of<W>(load<W>(sender + c) + load<W>(embedding + c)));
            }
            for (std::int64_t c = 0; c < norm.channels; c += W) add_to<W>(sum + c, load<W>(h[i] + c));
            if (const float* context = bonds.context.data ? bonds.context[bonds.ligand_of_atom[i]] : nullptr)
                for (std::int64_t c = 0; c < norm.channels; c += W) add_to<W>(sum + c, load<W>(context + c));
            normalise<W>(sum, norm, sum);
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
