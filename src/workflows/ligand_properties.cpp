/// Sums over the feature columns of a ligand.
#include "ligand_properties.hpp"

#include "keyway/sample/columns.hpp"

#include <cmath>
#include <string_view>

namespace keyway::workflows {
namespace {

constexpr std::size_t column(std::string_view name) {
    for (std::size_t i = 0; i < kLigandColumns.size(); ++i)
        if (kLigandColumns[i].name == name) return i;
    throw "no such column";
}

constexpr std::size_t kElement = column("element"), kDegree = column("degree"),
                      kCharge = column("formal_charge"), kDonor = column("donor"),
                      kAcceptor = column("acceptor"), kAcid = column("acid"), kBase = column("base");
constexpr int kCarbon = 1;
constexpr int kChargeOfClass[] = {0, 1, 2, -1, -2};

}  // namespace

LigandProperties ligand_properties(const LigandGraph& ligand) {
    LigandProperties sum;
    sum.heavy_atoms = static_cast<int>(ligand.atoms());
    int carbons = 0;
    const auto at = [&](std::size_t atom, std::size_t name) -> int {
        return ligand.columns[atom * kLigandColumnCount + name];
    };
    for (std::size_t atom = 0; atom < ligand.atoms(); ++atom) {
        carbons += at(atom, kElement) == kCarbon;
        sum.donors += at(atom, kDonor);
        sum.acceptors += at(atom, kAcceptor);
        sum.acids += at(atom, kAcid);
        sum.bases += at(atom, kBase);
        sum.formal_charge += kChargeOfClass[at(atom, kCharge)];
    }
    sum.log_p_estimate = 1.46 + 0.11 * carbons - 0.11 * (sum.heavy_atoms - carbons);
    for (std::size_t bond = 0; bond < ligand.bonds.size(); ++bond) {
        const int type = ligand.bond_types[bond];
        const bool is_single = type % 4 == 0, is_in_ring = type / 8 % 2 == 1;
        sum.rotatable_bonds += is_single && !is_in_ring && at(ligand.bonds[bond][0], kDegree) > 1 &&
                               at(ligand.bonds[bond][1], kDegree) > 1;
    }
    return sum;
}

double property_distance(const LigandProperties& a, const LigandProperties& b) {
    const auto apart = [](int x, int y) { return static_cast<double>(std::abs(x - y)); };
    return apart(a.heavy_atoms, b.heavy_atoms) / 2 + std::abs(a.log_p_estimate - b.log_p_estimate) / 0.5 +
           apart(a.donors, b.donors) + apart(a.acceptors, b.acceptors) +
           apart(a.rotatable_bonds, b.rotatable_bonds) / 2 +
           3 * (apart(a.acids, b.acids) + apart(a.bases, b.bases) + apart(a.formal_charge, b.formal_charge));
}

}  // namespace keyway::workflows
