/// Features that turn with the molecule: scalars, vectors and symmetric traceless matrices, channels last.
#pragma once

#include <ATen/core/Tensor.h>

namespace keyway::ops {

/// Parity of the network. so3: sees chirality. o3: mirror images give identical scalars (tests, ablation).
enum class Parity { so3, o3 };

/// Matrices are stored as (Txx, Tyy, Txy, Txz, Tyz); Tzz = -(Txx + Tyy). Where an operation says so, v and t
/// may both be undefined and stand for zeros: the state that comes out of the embedding.
struct Cartesian {
    at::Tensor s;  ///< [N, C]
    at::Tensor v;  ///< [N, 3, C]
    at::Tensor t;  ///< [N, 5, C]
};

/// Undefined v and t become zeros.
Cartesian with_zeros(const Cartesian& x);

/// |v|^2 per channel. [N, 3, C] -> [N, C]
at::Tensor squared_norm_v(const at::Tensor& v);
/// |T|^2 = Txx^2 + Tyy^2 + Tzz^2 + 2 (Txy^2 + Txz^2 + Tyz^2) per channel. [N, 5, C] -> [N, C]
at::Tensor squared_norm_t(const at::Tensor& t);

}  // namespace keyway::ops
