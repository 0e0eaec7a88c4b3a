/// A ligand as numbers: the heavy-atom graph with features, stereocentres and a fingerprint.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace keyway {

/// A specified tetrahedral centre. `sign` is +1 if, seen from neighbour[0], the others run
/// counter-clockwise in the given order, else -1; swapping two neighbours flips the sign, so the pair
/// (order, sign) is independent of atom numbering. An implicit hydrogen is -1 and stands last.
struct StereoCentre {
    std::uint16_t atom = 0;
    std::array<std::int16_t, 4> neighbour{};
    std::int8_t sign = 0;
    bool operator==(const StereoCentre&) const = default;
};

struct LigandGraph {
    std::string id;
    /// Canonical SMILES after standardisation.
    std::string smiles;
    /// [atoms * kLigandColumnCount], row-major; see `columns.hpp`.
    std::vector<std::uint8_t> columns;
    /// Bonds, each once; `bond_types[k]` is the class of `bonds[k]` (`bond_class` in columns.hpp).
    std::vector<std::array<std::uint16_t, 2>> bonds;
    std::vector<std::uint8_t> bond_types;
    std::vector<StereoCentre> stereo;
    /// Sorted indices of the set bits of the Morgan fingerprint, radius 2, kFingerprintBits.
    std::vector<std::uint16_t> fingerprint;

    std::size_t atoms() const;
    /// Throws Error(failure) that names the first array whose size or values do not fit.
    void check() const;
};

/// Tanimoto similarity of two sorted bit lists; 0 when both are empty.
double tanimoto(const std::vector<std::uint16_t>& a, const std::vector<std::uint16_t>& b);

}  // namespace keyway
