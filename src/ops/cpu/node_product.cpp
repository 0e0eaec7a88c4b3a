/// The 3x3 product at atoms, one register of channels at a time.
#include "ops/cpu/atom_rows.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {
namespace {

#define KEYWAY_INLINE inline __attribute__((always_inline))

struct Matrix {
    Wide at[3][3];
};

/// s I + [v]x + T
KEYWAY_INLINE Matrix matrix_of(const Nine& x) {
    return {{{x.s + x.xx, x.xy - x.v2, x.xz + x.v1},
             {x.xy + x.v2, x.s + x.yy, x.yz - x.v0},
             {x.xz - x.v1, x.yz + x.v0, x.s - x.xx - x.yy}}};
}

KEYWAY_INLINE Nine nine_of(const Matrix& z) {
    const auto& a = z.at;
    const Wide s = (a[0][0] + a[1][1] + a[2][2]) * (1.0f / 3);
    return {s,
            (a[2][1] - a[1][2]) * 0.5f,
            (a[0][2] - a[2][0]) * 0.5f,
            (a[1][0] - a[0][1]) * 0.5f,
            a[0][0] - s,
            a[1][1] - s,
            (a[0][1] + a[1][0]) * 0.5f,
            (a[0][2] + a[2][0]) * 0.5f,
            (a[1][2] + a[2][1]) * 0.5f};
}

/// Gradient with respect to the matrix, given that of nine_of.
KEYWAY_INLINE Matrix adjoint_of_nine(const Nine& g) {
    const Wide third = (g.s - g.xx - g.yy) * (1.0f / 3);
    return {{{third + g.xx, (g.xy - g.v2) * 0.5f, (g.xz + g.v1) * 0.5f},
             {(g.xy + g.v2) * 0.5f, third + g.yy, (g.yz - g.v0) * 0.5f},
             {(g.xz - g.v1) * 0.5f, (g.yz + g.v0) * 0.5f, third}}};
}

/// Gradient with respect to the components, given that of matrix_of.
KEYWAY_INLINE Nine adjoint_of_matrix(const Matrix& d) {
    const auto& a = d.at;
    return {a[0][0] + a[1][1] + a[2][2], a[2][1] - a[1][2], a[0][2] - a[2][0],
            a[1][0] - a[0][1],           a[0][0] - a[2][2], a[1][1] - a[2][2],
            a[0][1] + a[1][0],           a[0][2] + a[2][0], a[1][2] + a[2][1]};
}

/// The entries of a matrix, or of its transpose.
enum class Side { plain, transposed };
template <Side side>
KEYWAY_INLINE Wide entry(const Matrix& x, int i, int j) {
    return side == Side::plain ? x.at[i][j] : x.at[j][i];
}

template <Side left, Side right>
KEYWAY_INLINE Matrix times(const Matrix& a, const Matrix& b) {
    Matrix c;
#pragma GCC unroll 3
    for (int i = 0; i < 3; ++i)
#pragma GCC unroll 3
        for (int j = 0; j < 3; ++j)
            c.at[i][j] = entry<left>(a, i, 0) * entry<right>(b, 0, j) +
                         entry<left>(a, i, 1) * entry<right>(b, 1, j) +
                         entry<left>(a, i, 2) * entry<right>(b, 2, j);
    return c;
}

KEYWAY_INLINE Matrix mean(const Matrix& a, const Matrix& b) {
    Matrix c;
#pragma GCC unroll 3
    for (int i = 0; i < 3; ++i)
#pragma GCC unroll 3
        for (int j = 0; j < 3; ++j) c.at[i][j] = (a.at[i][j] + b.at[i][j]) * 0.5f;
    return c;
}

constexpr Side P = Side::plain, T = Side::transposed;

template <MatrixProduct kind>
void product(AtomRows n, const CartesianView& u, const CartesianView& m, const CartesianOut& z) {
    for_each_nine(n, [&](const NinePlace& at) {
        const Matrix a = matrix_of(load_nine(u, at)), b = matrix_of(load_nine(m, at));
        Matrix c = times<P, P>(a, b);
        if constexpr (kind == MatrixProduct::symmetrised) c = mean(c, times<P, P>(b, a));
        store_nine(z, at, nine_of(c));
    });
}

/// Z = A B with gradient G: dA = G B', dB = A' G; the mirrored product has the factors exchanged.
template <MatrixProduct kind>
void product_backward(AtomRows n, const CartesianView& u, const CartesianView& m, const CartesianView& dz,
                      const CartesianOut& du, const CartesianOut& dm) {
    for_each_nine(n, [&](const NinePlace& at) {
        const Matrix a = matrix_of(load_nine(u, at)), b = matrix_of(load_nine(m, at));
        const Matrix g = adjoint_of_nine(load_nine(dz, at));
        Matrix da = times<P, T>(g, b), db = times<T, P>(a, g);
        if constexpr (kind == MatrixProduct::symmetrised) {
            da = mean(da, times<T, P>(b, g));
            db = mean(db, times<P, T>(g, a));
        }
        store_nine(du, at, adjoint_of_matrix(da));
        store_nine(dm, at, adjoint_of_matrix(db));
    });
}

/// u = s I: the product scales m.
KEYWAY_INLINE Nine scaled(const Nine& m, Wide s) {
    return {m.s * s, m.v0 * s, m.v1 * s, m.v2 * s, m.xx * s, m.yy * s, m.xy * s, m.xz * s, m.yz * s};
}

}  // namespace

void node_product(AtomRows n, MatrixProduct kind, const CartesianView& u, const CartesianView& m,
                  const CartesianOut& z) {
    if (!u.v)
        for_each_nine(n, [&](const NinePlace& at) {
            store_nine(z, at, scaled(load_nine(m, at), load_wide(u.s + at.s)));
        });
    else if (kind == MatrixProduct::plain)
        product<MatrixProduct::plain>(n, u, m, z);
    else
        product<MatrixProduct::symmetrised>(n, u, m, z);
}

void node_product_backward(AtomRows n, MatrixProduct kind, const CartesianView& u, const CartesianView& m,
                           const CartesianView& z_gradient, const CartesianOut& u_gradient,
                           const CartesianOut& m_gradient) {
    if (!u.v)
        for_each_nine(n, [&](const NinePlace& at) {
            const Nine x = load_nine(m, at), g = load_nine(z_gradient, at);
            store_wide(u_gradient.s + at.s, x.s * g.s + x.v0 * g.v0 + x.v1 * g.v1 + x.v2 * g.v2 +
                                                x.xx * g.xx + x.yy * g.yy + x.xy * g.xy + x.xz * g.xz +
                                                x.yz * g.yz);
            store_nine(m_gradient, at, scaled(g, load_wide(u.s + at.s)));
        });
    else if (kind == MatrixProduct::plain)
        product_backward<MatrixProduct::plain>(n, u, m, z_gradient, u_gradient, m_gradient);
    else
        product_backward<MatrixProduct::symmetrised>(n, u, m, z_gradient, u_gradient, m_gradient);
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA
