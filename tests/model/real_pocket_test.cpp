/// The network's invariances on real pockets and drugs: what holds for random points has to hold where atoms
/// sit on lattices of bonds, rings lie in planes, and residues repeat.
#include "model/affinity_model.hpp"
#include "support/synthetic.hpp"
#include "support/tensors.hpp"

#include "keyway/chem/pocket.hpp"
#include "keyway/chem/read_ligand.hpp"
#include "keyway/chem/structure.hpp"
#include "keyway/core/error.hpp"
#include "keyway/features/features.hpp"

#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <numeric>

namespace keyway::model {
namespace {

using namespace testing;

LigandGraph ligand_of(const std::string& smiles) {
    const auto molecule = chem::parse_smiles(smiles, smiles);
    if (!molecule)
        throw Error(ErrorKind::failure, "test ligand does not parse: " + molecule.rejection().message);
    return features::ligand_graph(molecule.value()).value();
}

PocketGraph pocket_of(const std::filesystem::path& structure, const chem::Site& site) {
    return features::pocket_graph(
        chem::cut_pocket(chem::read_structure(structure), site, PocketDefinition{}));
}

struct System {
    std::string name;
    std::filesystem::path structure, reference;  ///< without reference: ligand 478 inside the structure
};
void PrintTo(const System& system, std::ostream* out) { *out << system.name; }

const std::filesystem::path kFep16 = std::filesystem::path(KEYWAY_SHARED_DIR) / "data/fep16";

class RealPocket : public ::testing::TestWithParam<System> {
protected:
    void SetUp() override {
        const System& system = GetParam();
        if (!std::filesystem::exists(system.structure)) GTEST_SKIP() << system.structure << " is not here";
        pocket = pocket_of(system.structure, system.reference.empty()
                                                 ? chem::site_from_structure_ligand("478")
                                                 : chem::site_from_ligand_file(system.reference));
    }

    batch::Batch collated(at::ScalarType dtype) const {
        std::vector<const LigandGraph*> all;
        for (const LigandGraph& ligand : ligands) all.push_back(&ligand);
        const std::vector<int> same(ligands.size(), 0);
        const std::vector<const PocketGraph*> one = {&pocket};
        return batch::collate(one, all, same,
                              {.edge_cutoff_angstrom = config.edge_cutoff_angstrom, .dtype = dtype});
    }

    /// pK of the pocket placed elsewhere: positions [N, 3] in double, whatever the network computes in.
    at::Tensor pk_at(const AffinityModel& model, const at::Tensor& position, at::ScalarType dtype) const {
        batch::Batch batch = collated(dtype);
        batch.pockets.position_in_pocket = position.to(dtype);
        return model.forward(batch).pk.to(at::kDouble);
    }

    c10::NoGradGuard no_grad;
    ModelConfig config = ModelConfig::named("fast");
    PocketGraph pocket;
    /// Warfarin and its enantiomer, imatinib, amprenavir, benzene.
    std::vector<LigandGraph> ligands = {
        ligand_of("CC(=O)C[C@H](c1ccccc1)c1c(O)c2ccccc2oc1=O"),
        ligand_of("CC(=O)C[C@@H](c1ccccc1)c1c(O)c2ccccc2oc1=O"),
        ligand_of("Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1"),
        ligand_of("CC(C)CN(C[C@@H](O)[C@H](Cc1ccccc1)NC(=O)O[C@H]1CCOC1)S(=O)(=O)c1ccc(N)cc1"),
        ligand_of("c1ccccc1")};
};

INSTANTIATE_TEST_SUITE_P(Systems, RealPocket,
                         ::testing::Values(System{"1hpv", "/usr/share/pymol/data/tut/1hpv.pdb", {}},
                                           System{"tyk2", kFep16 / "tyk2/protein.pdb.gz",
                                                  kFep16 / "tyk2/reference.sdf"}),
                         [](const auto& system) { return system.param.name; });

TEST_P(RealPocket, ScoresDoNotDependOnTheFrame) {
    for (const auto& [dtype, tolerance] : {std::pair{at::kDouble, 1e-12}, std::pair{at::kFloat, 1e-5}}) {
        const AffinityModel model(config, {.dtype = dtype, .seed = 1});
        const at::Tensor here = collated(at::kDouble).pockets.position_in_pocket;
        const at::Tensor there = here.matmul(random_rotation(3).t()) + 20;
        const at::Tensor before = pk_at(model, here, dtype), after = pk_at(model, there, dtype);
        // In single precision the moved coordinates themselves are rounded: 20 A costs about 1e-6 A each.
        EXPECT_LT(((after - before).abs() / before.abs()).max().item<double>(), tolerance);
    }
}

TEST_P(RealPocket, OnlyTheSo3NetworkTellsThePocketFromItsMirrorImage) {
    const at::Tensor here = collated(at::kDouble).pockets.position_in_pocket,
                     mirrored = here.matmul(reflection());
    const AffinityModel so3(config, {.dtype = at::kDouble, .seed = 1});
    EXPECT_GT(difference(pk_at(so3, mirrored, at::kDouble), pk_at(so3, here, at::kDouble)), 1e-4);
    config.parity = Parity::o3;
    const AffinityModel o3(config, {.dtype = at::kDouble, .seed = 1});
    EXPECT_LT(difference(pk_at(o3, mirrored, at::kDouble), pk_at(o3, here, at::kDouble)), 1e-12);
}

TEST_P(RealPocket, OrderOfPocketAtomsDoesNotMatter) {
    const AffinityModel model(config, {.dtype = at::kDouble, .seed = 1});
    const at::Tensor before = model.forward(collated(at::kDouble)).pk;
    std::vector<int> order(pocket.atoms());
    std::iota(order.rbegin(), order.rend(), 0);
    pocket = renumbered(pocket, order);
    EXPECT_LT(difference(model.forward(collated(at::kDouble)).pk, before), 1e-12);
}

TEST_P(RealPocket, EnantiomersDifferAndAScoreIsTheSameAloneAsInABatch) {
    const AffinityModel model(config, {.dtype = at::kDouble, .seed = 1});
    const EncodedPockets encoded = model.encode_pockets(collated(at::kDouble).pockets);
    const at::Tensor together = model.forward(encoded, collated(at::kDouble).ligands).pk;
    EXPECT_GT(std::abs((together[0] - together[1]).item<double>()), 1e-4);
    const std::vector<LigandGraph> all = ligands;
    for (std::size_t k = 0; k < all.size(); ++k) {
        ligands = {all[k]};
        const at::Tensor alone = model.forward(encoded, collated(at::kDouble).ligands).pk;
        EXPECT_LT(difference(alone, together.narrow(0, static_cast<std::int64_t>(k), 1)), 1e-12)
            << all[k].smiles;
    }
}

}  // namespace
}  // namespace keyway::model
