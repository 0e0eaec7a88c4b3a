/// Bond messages, sums and softmax of segments, sums of feature rows, and their adjoints.
#include "ops/cpu/math.hpp"
#include "ops/cpu/training.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {
namespace {

void open_gates(const BondList& bonds, const GineInput& x) {
    for (std::int64_t k = 0; k < bonds.types * bonds.channels; k += 4)
        store<4>(x.scratch + k, sigmoid_of<4>(load<4>(x.gate + k)));
}

void set_zero(float* x, std::int64_t n) {
    for (std::int64_t k = 0; k < n; ++k) x[k] = 0;
}

}  // namespace

void gine(const BondList& bonds, const GineInput& x, float* y) {
    const std::int64_t d = bonds.channels;
    open_gates(bonds, x);
    with_lanes(static_cast<int>(d), [&]<int W>() {
        for (std::int64_t i = 0; i < bonds.atoms; ++i)
            for (std::int64_t c = 0; c < d; c += W) {
                Vec<W> sum{};
                for (std::int64_t b = bonds.ptr[i]; b < bonds.ptr[i + 1]; ++b) {
                    const std::int64_t row = bonds.type[b] * d + c;
                    sum += load<W>(x.scratch + row) *
                           silu_of<W>(load<W>(x.h + bonds.sender[b] * d + c) + load<W>(x.embedding + row));
                }
                store<W>(y + i * d + c, sum);
            }
    });
}

/// With z = h + embedding, s = sigmoid(z): d SiLU = s (1 + z (1 - s)).
void gine_backward(const BondList& bonds, const GineInput& x, const float* y_gradient,
                   const GineGradient& gradient) {
    const std::int64_t d = bonds.channels;
    open_gates(bonds, x);
    set_zero(gradient.h, bonds.atoms * d);
    set_zero(gradient.embedding, bonds.types * d);
    set_zero(gradient.gate, bonds.types * d);
    with_lanes(static_cast<int>(d), [&]<int W>() {
        for (std::int64_t i = 0; i < bonds.atoms; ++i)
            for (std::int64_t b = bonds.ptr[i]; b < bonds.ptr[i + 1]; ++b)
                for (std::int64_t c = 0; c < d; c += W) {
                    const std::int64_t row = bonds.type[b] * d + c, from = bonds.sender[b] * d + c;
                    const Vec<W> z = load<W>(x.h + from) + load<W>(x.embedding + row), s = sigmoid_of<W>(z),
                                 dy = load<W>(y_gradient + i * d + c),
                                 dz = dy * load<W>(x.scratch + row) * s * (1.0f + z * (1.0f - s));
                    add_to<W>(gradient.h + from, dz);
                    add_to<W>(gradient.embedding + row, dz);
                    add_to<W>(gradient.gate + row, dy * z * s);
                }
        for (std::int64_t k = 0; k < bonds.types * d; k += W) {
            const Vec<W> open = load<W>(x.scratch + k);
            store<W>(gradient.gate + k, load<W>(gradient.gate + k) * open * (1.0f - open));
        }
    });
}

void segment_sum(std::int64_t rows, const std::int64_t* ptr, std::int64_t width, const float* x, float* y) {
    for (std::int64_t r = 0; r < rows; ++r) {
        float* sum = y + r * width;
        set_zero(sum, width);
        for (std::int64_t e = ptr[r]; e < ptr[r + 1]; ++e)
            for (std::int64_t c = 0; c < width; ++c) sum[c] += x[e * width + c];
    }
}

void segment_spread(std::int64_t rows, const std::int64_t* ptr, std::int64_t width, const float* y,
                    float* x) {
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t e = ptr[r]; e < ptr[r + 1]; ++e)
            for (std::int64_t c = 0; c < width; ++c) x[e * width + c] = y[r * width + c];
}

namespace {

void exp_of_all(std::int64_t n, float* x) {
    constexpr int W = kRegisterLanes;
    std::int64_t k = 0;
    for (; k + W <= n; k += W) store<W>(x + k, exp_of<W>(load<W>(x + k)));
    float rest[W] = {};
    for (std::int64_t j = k; j < n; ++j) rest[j - k] = x[j];
    store<W>(rest, exp_of<W>(load<W>(rest)));
    for (std::int64_t j = k; j < n; ++j) x[j] = rest[j - k];
}

}  // namespace

void segment_softmax(std::int64_t rows, const std::int64_t* ptr, std::int64_t width, const float* x,
                     float* y) {
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = 0; c < width; ++c) {
            float largest = -1e30f;
            for (std::int64_t e = ptr[r]; e < ptr[r + 1]; ++e)
                largest = x[e * width + c] > largest ? x[e * width + c] : largest;
            for (std::int64_t e = ptr[r]; e < ptr[r + 1]; ++e) y[e * width + c] = x[e * width + c] - largest;
        }
    exp_of_all(ptr[rows] * width, y);
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = 0; c < width; ++c) {
            float sum = 0;
            for (std::int64_t e = ptr[r]; e < ptr[r + 1]; ++e) sum += y[e * width + c];
            for (std::int64_t e = ptr[r]; e < ptr[r + 1]; ++e) y[e * width + c] /= sum;
        }
}

/// dx = y (dy - <y, dy> of the row)
void segment_softmax_backward(std::int64_t rows, const std::int64_t* ptr, std::int64_t width, const float* y,
                              const float* y_gradient, float* x_gradient) {
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = 0; c < width; ++c) {
            float mean = 0;
            for (std::int64_t e = ptr[r]; e < ptr[r + 1]; ++e)
                mean += y[e * width + c] * y_gradient[e * width + c];
            for (std::int64_t e = ptr[r]; e < ptr[r + 1]; ++e)
                x_gradient[e * width + c] = y[e * width + c] * (y_gradient[e * width + c] - mean);
        }
}

void feature_sum(const FeatureRows& rows, const float* table, float* y) {
    const std::int64_t d = rows.channels;
    with_lanes(static_cast<int>(d), [&]<int W>() {
        for (std::int64_t i = 0; i < rows.rows; ++i)
            for (std::int64_t c = 0; c < d; c += W) {
                Vec<W> sum{};
                for (std::int64_t k = 0; k < rows.columns; ++k)
                    sum += load<W>(table + rows.index[i * rows.columns + k] * d + c);
                store<W>(y + i * d + c, sum);
            }
    });
}

void feature_sum_backward(const FeatureRows& rows, const float* y_gradient, float* table_gradient) {
    const std::int64_t d = rows.channels;
    set_zero(table_gradient, rows.table_rows * d);
    with_lanes(static_cast<int>(d), [&]<int W>() {
        for (std::int64_t i = 0; i < rows.rows; ++i)
            for (std::int64_t k = 0; k < rows.columns; ++k)
                for (std::int64_t c = 0; c < d; c += W)
                    add_to<W>(table_gradient + rows.index[i * rows.columns + k] * d + c,
                              load<W>(y_gradient + i * d + c));
    });
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA
