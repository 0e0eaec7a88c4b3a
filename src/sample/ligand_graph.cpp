/// Consistency of a ligand's arrays, and similarity.
#include "keyway/sample/ligand_graph.hpp"

#include "keyway/core/error.hpp"
#include "keyway/sample/columns.hpp"

namespace keyway {

std::size_t LigandGraph::atoms() const { return columns.size() / kLigandColumns.size(); }

void LigandGraph::check() const {
    const auto require = [&](bool holds, std::string_view what) {
        if (!holds)
            throw Error(ErrorKind::failure, "ligand '" + id + "' is inconsistent: " + std::string(what));
    };
    const std::size_t n = atoms();
    require(n > 0, "it has no atoms");
    require(columns.size() == n * kLigandColumns.size(), "feature columns are not a whole number of atoms");
    require(bond_types.size() == bonds.size(), "bond types do not match the bonds");
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t c = 0; c < kLigandColumns.size(); ++c)
            if (columns[i * kLigandColumns.size() + c] >= kLigandColumns[c].classes)
                require(false, "column '" + std::string(kLigandColumns[c].name) + "' of atom " +
                                   std::to_string(i) + " is out of range");
    for (const auto& [a, b] : bonds) require(a < n && b < n && a != b, "a bond's atoms are out of range");
    for (const auto type : bond_types) require(type < kBondClasses, "a bond class is out of range");
    for (const auto& centre : stereo) {
        require(centre.atom < n, "a stereocentre is out of range");
        require(centre.sign == 1 || centre.sign == -1, "a stereocentre's sign is neither +1 nor -1");
        for (std::size_t k = 0; k < 4; ++k)
            require((centre.neighbour[k] >= 0 && static_cast<std::size_t>(centre.neighbour[k]) < n) ||
                        (k == 3 && centre.neighbour[k] == -1),
                    "a stereocentre's neighbour is out of range");
    }
    for (std::size_t k = 0; k < fingerprint.size(); ++k)
        require(fingerprint[k] < kFingerprintBits && (k == 0 || fingerprint[k] > fingerprint[k - 1]),
                "fingerprint bits are not sorted or out of range");
}

double tanimoto(const std::vector<std::uint16_t>& a, const std::vector<std::uint16_t>& b) {
    std::size_t common = 0;
    for (auto x = a.begin(), y = b.begin(); x != a.end() && y != b.end();) {
        if (*x == *y) {
            ++common;
            ++x;
            ++y;
        } else if (*x < *y) {
            ++x;
        } else {
            ++y;
        }
    }
    const std::size_t all = a.size() + b.size() - common;
    return all == 0 ? 0.0 : static_cast<double>(common) / static_cast<double>(all);
}

}  // namespace keyway
