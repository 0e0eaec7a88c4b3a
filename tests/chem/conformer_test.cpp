/// Computed conformers: right geometry, the molecule alone decides, any number of threads.
#include "keyway/chem/conformer.hpp"

#include "keyway/chem/read_ligand.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace keyway::chem {
namespace {

Molecule molecule_of(const std::string& smiles) { return parse_smiles(smiles, "m").value(); }

TEST(Conformer, PairDistancesAreRoundedTenthsThatSaturate) {
    const std::vector<std::array<double, 3>> at{{0, 0, 0}, {1.54, 0, 0}, {0, 2.06, 0}, {0, 0, 40}};
    EXPECT_EQ(pair_distances(at), (std::vector<std::uint8_t>{15, 21, 255, 26, 255, 255}));
    EXPECT_TRUE(pair_distances({}).empty());
}

TEST(Conformer, BenzeneIsAHexagon) {
    const auto distances = conformer_distances(molecule_of("c1ccccc1"), 1);
    ASSERT_TRUE(distances.ok());
    ASSERT_EQ(distances.value().size(), 15u);
    EXPECT_NEAR(distances.value()[0], 14, 1) << "atoms 0 and 1";
    EXPECT_NEAR(distances.value()[1], 24, 1) << "atoms 0 and 2";
    EXPECT_NEAR(distances.value()[2], 28, 1) << "atoms 0 and 3";
}

TEST(Conformer, StartsWithTheFirstAtomAndCountsHeavyOnesOnly) {
    const auto distances = conformer_distances(molecule_of("ICO"), 1).value();
    ASSERT_EQ(distances.size(), 3u);
    EXPECT_NEAR(distances[0], 21, 1) << "I-C";
    EXPECT_NEAR(distances[1], 29, 3) << "I..O";
    EXPECT_NEAR(distances[2], 14, 1) << "C-O";
    EXPECT_EQ(conformer_distances(molecule_of("[2H]OC"), 1).value().size(), 1u);
    EXPECT_TRUE(conformer_distances(molecule_of("C"), 1).value().empty());
}

TEST(Conformer, TheMoleculeAloneDecides) {
    const std::vector<std::string> drugs{"CC(=O)Oc1ccccc1C(=O)O", "CN1CCC[C@H]1c1cccnc1",
                                         "CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)O", "O=C(NCCc1ccccc1)C1CCN(C)CC1"};
    for (const int conformers : {1, 3}) {
        std::vector<std::vector<std::uint8_t>> first;
        for (const auto& drug : drugs)
            first.push_back(conformer_distances(molecule_of(drug), conformers).value());
        std::vector<std::vector<std::uint8_t>> again(drugs.size());
        {
            std::vector<std::jthread> threads;
            for (std::size_t i = 0; i < drugs.size(); ++i)
                threads.emplace_back([&, i] {
                    const std::size_t k = drugs.size() - 1 - i;
                    again[k] = conformer_distances(molecule_of(drugs[k]), conformers).value();
                });
        }
        EXPECT_EQ(again, first) << conformers;
    }
}

TEST(Conformer, FlexibleMoleculesAreTriedFromRandomCoordinatesToo) {
    for (const char* smiles :
         {"O=C(O)CCCCCCCCCCOc1ccc2c(=O)c(-c3ccc(O)cc3)coc2c1", "N#Cc1ccnc(Nc2cc(C3CCNCC3)n(C3CCCC3)n2)c1"})
        EXPECT_TRUE(conformer_distances(molecule_of(smiles), 1).ok()) << smiles;
}

TEST(Conformer, AnImpossibleShapeIsARejection) {
    // Norbornane whose bridge would have to pass through the ring.
    const auto distances = conformer_distances(molecule_of("C1C[C@H]2CC[C@H]1C2"), 1);
    ASSERT_FALSE(distances.ok());
    EXPECT_EQ(distances.rejection().stage, "conformer");
    EXPECT_EQ(distances.rejection().reason, "EMBED");
}

}  // namespace
}  // namespace keyway::chem
