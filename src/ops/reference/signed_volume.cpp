/// Reference of signed_volume.hpp.
#include "keyway/ops/signed_volume.hpp"

#include <ATen/ATen.h>

namespace keyway::ops {

at::Tensor signed_volume_reference(const at::Tensor& point, const at::Tensor& hydrogen,
                                   const StereoCentres& centres) {
    // The hydrogen's point stands behind the atoms', so that -1 becomes its row.
    const at::Tensor rows = at::cat({point, hydrogen.unsqueeze(0)}, 0);  // [A + 1, G, 3]
    const at::Tensor index =
        at::where(centres.neighbour < 0, at::full_like(centres.neighbour, point.size(0)), centres.neighbour);
    const auto p = [&](int k) { return rows.index_select(0, index.select(1, k)); };  // [S, G, 3]
    const at::Tensor origin = p(3), a = p(0) - origin, b = p(1) - origin, c = p(2) - origin;
    const auto at_axis = [](const at::Tensor& x, int axis) { return x.select(2, axis); };  // [S, G]
    const at::Tensor volume =
        at_axis(a, 0) * (at_axis(b, 1) * at_axis(c, 2) - at_axis(b, 2) * at_axis(c, 1)) +
        at_axis(a, 1) * (at_axis(b, 2) * at_axis(c, 0) - at_axis(b, 0) * at_axis(c, 2)) +
        at_axis(a, 2) * (at_axis(b, 0) * at_axis(c, 1) - at_axis(b, 1) * at_axis(c, 0));
    return volume * centres.sign.unsqueeze(1);  // [S, G]
}

}  // namespace keyway::ops
