/// Neighbour aggregation of the ligand encoder.
#pragma once

#include "keyway/ops/csr.hpp"

namespace keyway::ops {

/// Directed bonds: the bond of entry k brings atom sender[k] to atom receivers.row[k].
struct BondGraph {
    Csr receivers;      ///< rows are atoms
    at::Tensor sender;  ///< [bonds] int64
    at::Tensor type;    ///< [bonds] int64
};

/// m_a = sum over neighbours b of sigma(gate[type(ab)]) * SiLU(h_b + embedding[type(ab)])
/// GINE (Hu et al., arXiv 1905.12265) with a gate per bond type. h [A, d], tables [types, d] -> [A, d]
at::Tensor gine_aggregate(const at::Tensor& h, const BondGraph& bonds, const at::Tensor& embedding,
                          const at::Tensor& gate);
/// The same by stock operations, whatever the device and type.
at::Tensor gine_aggregate_reference(const at::Tensor& h, const BondGraph& bonds, const at::Tensor& embedding,
                                    const at::Tensor& gate);

}  // namespace keyway::ops
