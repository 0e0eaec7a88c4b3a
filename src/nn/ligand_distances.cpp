/// Equation: ligand_distances.hpp.
#include "keyway/nn/ligand_distances.hpp"

#include <ATen/ATen.h>

namespace keyway::nn {

LigandDistances::LigandDistances(const Scope& scope, Shape shape)
    : norm_(scope / "norm", shape.channels),
      atom_(scope / "atom", {shape.channels, shape.pair_channels}),
      bins_(scope / "bins", {shape.pair_channels, shape.bins}, Linear::Bias::zero) {}

at::Tensor LigandDistances::operator()(const at::Tensor& h, const at::Tensor& first,
                                       const at::Tensor& second) const {
    const at::Tensor atom = atom_(norm_(h));  // [A, w]
    return bins_(atom.index_select(0, first) * atom.index_select(0, second));
}

}  // namespace keyway::nn
