/// The stereo message: a signed volume in learned coordinates, odd under every swap of two neighbours.
#pragma once

#include <ATen/core/Tensor.h>

namespace keyway::ops {

struct StereoCentres {
    at::Tensor atom;       ///< [S] int64
    at::Tensor neighbour;  ///< [S, 4] int64; -1: implicit hydrogen
    at::Tensor sign;       ///< [S] +1 or -1, floating
};

/// D_a = sign_a det(p_1 - p_4, p_2 - p_4, p_3 - p_4) in each of G coordinate systems; p_k = point of
/// neighbour k, or `hydrogen`. Swapping two neighbours flips both the sign and the determinant: independent
/// of atom order. point [A, G, 3], hydrogen [G, 3] -> [S, G]
at::Tensor signed_volume(const at::Tensor& point, const at::Tensor& hydrogen, const StereoCentres& centres);
/// The same by stock operations, whatever the device and type.
at::Tensor signed_volume_reference(const at::Tensor& point, const at::Tensor& hydrogen,
                                   const StereoCentres& centres);

}  // namespace keyway::ops
