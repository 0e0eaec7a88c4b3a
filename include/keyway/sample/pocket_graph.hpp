/// A pocket as numbers: heavy atoms, feature columns, covalent bonds. No edges: the network's radius
/// graph depends on its cutoff and is built in `batch`.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace keyway {

struct PocketGraph {
    std::string id;
    /// Position of the local origin (the site's centre) in the frame of the input file [A].
    std::array<double, 3> origin_angstrom{};
    /// [atoms] relative to `origin_angstrom` [A].
    std::vector<std::array<float, 3>> position_in_pocket;
    /// [atoms * kPocketColumnCount], row-major; see `columns.hpp`.
    std::vector<std::uint8_t> columns;
    /// [atoms] 1 where the ligand's atoms may attend (within the token cutoff of the site).
    std::vector<std::uint8_t> is_token;
    /// [atoms] index into `residue_labels`; atoms of one residue are consecutive.
    std::vector<std::int32_t> residue;
    /// Covalent bonds as atom pairs, each once, first < second.
    std::vector<std::array<std::int32_t, 2>> bonds;

    /// For people: "A:ASP:25" (chain, name, number with insertion code), and PDB atom names.
    std::vector<std::string> residue_labels;
    std::vector<std::string> atom_names;

    std::size_t atoms() const { return position_in_pocket.size(); }
    /// Throws Error(failure) that names the first array whose size or values do not fit.
    void check() const;
};

}  // namespace keyway
