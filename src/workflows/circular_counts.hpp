/// How often each circular environment occurs in a ligand: what molecular kernels compare.
#pragma once

#include "keyway/sample/ligand_graph.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace keyway::workflows {

/// Sorted (environment hash, count). Environments are atoms with their surroundings up to two bonds away, as
/// in ECFP4 (Rogers and Hahn 2010, doi:10.1021/ci100050t) but counted, not folded, and with repeats; they
/// need no chemistry toolkit, so ligands from HDF5 have them too.
using CircularCounts = std::vector<std::pair<std::uint32_t, std::uint16_t>>;

CircularCounts circular_counts(const LigandGraph& ligand);

/// The same with log(1 + count): the second occurrence says less than the first.
using DampedCounts = std::vector<std::pair<std::uint32_t, float>>;

DampedCounts damped(const CircularCounts& counts);

/// Sum of minima over sum of maxima (Tanimoto of counts): a positive definite kernel, 1 for equal counts.
double similarity(const CircularCounts& a, const CircularCounts& b);
double similarity(const DampedCounts& a, const DampedCounts& b);

}  // namespace keyway::workflows
