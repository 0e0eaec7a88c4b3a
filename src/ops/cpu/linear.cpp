/// Linear layers and their adjoints as register tiles. For matrices as small as 128 x 128 this is faster than
/// a BLAS, which copies both operands first.
#include "ops/cpu/atom_rows.hpp"
#include "ops/cpu/tile.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {
namespace {

constexpr int W = kRegisterLanes;
constexpr std::int64_t kPanel = 2 * W;

/// Rows whose operands stay in the second-level cache; a multiple of all tile heights.
constexpr std::int64_t kBlock = 240;

inline std::int64_t smaller(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

/// [out, in] -> panels of kPanel outputs (the last may be narrower): [out / kPanel, in, kPanel]
void transpose(const LinearShape& n, const float* weight, float* panels) {
    for (std::int64_t first = 0; first < n.out; first += kPanel) {
        const std::int64_t width = smaller(kPanel, n.out - first);
        const float* from = weight + first * n.in;
        float* to = panels + first * n.in;
        for (std::int64_t k = 0; k < n.in; ++k)
            for (std::int64_t j = 0; j < width; ++j) to[k * width + j] = from[j * n.in + k];
    }
}

template <Write write>
void backward_input(const LinearShape& n, const float* dy, const float* weight, float* dx) {
    for (std::int64_t row = 0; row < n.rows; row += kBlock) {
        float* to = dx + row * n.in;
        multiply<W>({dy + row * n.out, n.out, 1, weight, n.in, n.out}, smaller(kBlock, n.rows - row), n.in,
                    [&](std::int64_t r, std::int64_t c, Vec<W> sum) {
                        if constexpr (write == Write::add) sum += load<W>(to + r * n.in + c);
                        store<W>(to + r * n.in + c, sum);
                    });
    }
}

}  // namespace

void linear(const LinearShape& n, const float* x, const float* weight, const float* bias, float* scratch,
            float* y) {
    transpose(n, weight, scratch);
    for (std::int64_t row = 0; row < n.rows; row += kBlock)
        for (std::int64_t first = 0; first < n.out; first += kPanel) {
            const std::int64_t width = smaller(kPanel, n.out - first);
            float* to = y + row * n.out + first;
            multiply<W>({x + row * n.in, n.in, 1, scratch + first * n.in, width, n.in},
                        smaller(kBlock, n.rows - row), width,
                        [&](std::int64_t r, std::int64_t c, Vec<W> sum) {
                            if (bias) sum += load<W>(bias + first + c);
                            store<W>(to + r * n.out + c, sum);
                        });
        }
}

void linear_backward_input(const LinearShape& n, const float* y_gradient, const float* weight, Write write,
                           float* x_gradient) {
    if (write == Write::add)
        backward_input<Write::add>(n, y_gradient, weight, x_gradient);
    else
        backward_input<Write::overwrite>(n, y_gradient, weight, x_gradient);
}

void linear_backward_weight(const LinearShape& n, const float* x, const float* y_gradient,
                            float* weight_gradient, float* bias_gradient) {
    if (n.rows == 0)
        for (std::int64_t k = 0; k < n.in * n.out; ++k) weight_gradient[k] = 0;
    for (std::int64_t row = 0; row < n.rows; row += kBlock)
        multiply<W>({y_gradient + row * n.out, 1, n.out, x + row * n.in, n.in, smaller(kBlock, n.rows - row)},
                    n.out, n.in, [&](std::int64_t o, std::int64_t c, Vec<W> sum) {
                        float* to = weight_gradient + o * n.in + c;
                        store<W>(to, row ? load<W>(to) + sum : sum);
                    });
    if (!bias_gradient) return;
    for (std::int64_t c = 0; c < n.out; ++c) bias_gradient[c] = 0;
    for (std::int64_t row = 0; row < n.rows; ++row)
        for (std::int64_t c = 0; c < n.out; c += W)
            add_to<W>(bias_gradient + c, load<W>(y_gradient + row * n.out + c));
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA
