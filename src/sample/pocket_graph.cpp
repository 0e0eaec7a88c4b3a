/// Consistency of a pocket's arrays.
#include "keyway/sample/pocket_graph.hpp"

#include "keyway/core/error.hpp"
#include "keyway/sample/columns.hpp"

#include <cmath>

namespace keyway {

void PocketGraph::check() const {
    const auto require = [&](bool holds, std::string_view what) {
        if (!holds)
            throw Error(ErrorKind::failure, "pocket '" + id + "' is inconsistent: " + std::string(what));
    };
    const std::size_t n = atoms();
    require(columns.size() == n * kPocketColumns.size(), "feature columns do not match the atoms");
    require(is_token.size() == n, "token flags do not match the atoms");
    require(residue.size() == n, "residue indices do not match the atoms");
    require(atom_names.empty() || atom_names.size() == n, "atom names do not match the atoms");
    for (std::size_t i = 0; i < n; ++i) {
        for (const float x : position_in_pocket[i]) require(std::isfinite(x), "a position is not finite");
        for (std::size_t c = 0; c < kPocketColumns.size(); ++c)
            if (columns[i * kPocketColumns.size() + c] >= kPocketColumns[c].classes)
                require(false, "column '" + std::string(kPocketColumns[c].name) + "' of atom " +
                                   std::to_string(i) + " is out of range");
        require(is_token[i] <= 1, "a token flag is neither 0 nor 1");
        require(residue[i] >= 0 && static_cast<std::size_t>(residue[i]) < residue_labels.size(),
                "a residue index is out of range");
        require(i == 0 || residue[i] >= residue[i - 1], "atoms of one residue are not consecutive");
    }
    for (const auto& [a, b] : bonds)
        require(0 <= a && a < b && static_cast<std::size_t>(b) < n,
                "a bond's atoms are out of range or out of order");
}

}  // namespace keyway
