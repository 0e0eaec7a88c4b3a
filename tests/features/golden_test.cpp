/// Stored feature values of twelve ligands that together use every column. If a value changes on purpose,
/// raise `kFeatureVersion` (include/keyway/sample/columns.hpp) in the same commit and store the new values
/// with it: files and models of the old version are then refused instead of misread.
#include "ligand_support.hpp"

#include <gmock/gmock.h>

#include <set>

namespace keyway::features {
namespace {

using testing::graph_of;

constexpr auto kAdvice =
    "a ligand feature changed: raise kFeatureVersion in include/keyway/sample/columns.hpp and store the new "
    "values";

struct Golden {
    const char* smiles;
    std::uint64_t hash;
};

/// Valid for this version only.
constexpr int kGoldenVersion = 1;
constexpr std::array kGolden = {
    Golden{"CC(=O)Oc1ccccc1C(=O)O", 0x9156bc925805985full},
    Golden{"C[C@H](N)C(=O)N[C@@H](CO)C(=O)O", 0x32fe4ad17dccf1c0ull},
    Golden{"C/C=C/C(=O)N1CC[C@@H](F)[C@H]1Cl", 0xe43a4e6b6fad3dc2ull},
    Golden{"O=[N+]([O-])c1cc(Br)sc1I", 0xbc520d645e33ce64ull},
    Golden{"C[N+](C)(C)CC(=O)NC(=N)N", 0xc50338a10135ae5dull},
    Golden{"OB(O)c1ccc([Si](C)(C)C)c([Se]C)c1", 0xcb406fbcf4449079ull},
    Golden{"COP(=O)(O)OCC#N", 0xde5cd2220c5c7206ull},
    Golden{"CS(=O)(=O)c1nn[nH]n1", 0xbcd4b6a938061accull},
    Golden{"C1CC2(C1)CCCCCC2", 0x184a8a7de3613cb0ull},
    Golden{"C[As](C)C", 0x5046cd5fb14e28b7ull},
    Golden{"FS(F)(F)(F)(F)c1ccccc1", 0x8075c95d77d01533ull},
    Golden{"NC1CC1", 0x313584e3caf5a795ull},
};

/// FNV-1a over everything a graph holds but its names.
std::uint64_t hash_of(const LigandGraph& graph) {
    std::uint64_t hash = 14695981039346656037ull;
    const auto add = [&hash](std::int64_t value) {
        for (int byte = 0; byte < 8; ++byte) {
            hash ^= static_cast<std::uint64_t>(value) >> (8 * byte) & 0xFF;
            hash *= 1099511628211ull;
        }
    };
    for (const auto value : graph.columns) add(value);
    for (const auto& [a, b] : graph.bonds) add(a), add(b);
    for (const auto type : graph.bond_types) add(type);
    for (const auto& centre : graph.stereo) {
        add(centre.atom);
        for (const auto neighbour : centre.neighbour) add(neighbour);
        add(centre.sign);
    }
    for (const auto bit : graph.fingerprint) add(bit);
    return hash;
}

std::vector<int> row(const LigandGraph& graph, std::size_t atom) {
    const auto* first = graph.columns.data() + atom * kLigandColumnCount;
    return {first, first + kLigandColumnCount};
}

TEST(LigandGoldenTest, EveryValueIsThatOfTheFeatureVersion) {
    ASSERT_EQ(kFeatureVersion, kGoldenVersion) << "store the values of the new version here";
    for (const auto& [smiles, hash] : kGolden)
        EXPECT_EQ(hash_of(graph_of(smiles)), hash)
            << smiles << ": 0x" << std::hex << hash_of(graph_of(smiles)) << "ull, " << kAdvice;
}

TEST(LigandGoldenTest, TheStoredMoleculesUseEveryColumn) {
    for (std::size_t c = 0; c < kLigandColumns.size(); ++c) {
        std::set<int> values;
        for (const auto& golden : kGolden) {
            const auto graph = graph_of(golden.smiles);
            for (std::size_t i = 0; i < graph.atoms(); ++i) values.insert(row(graph, i)[c]);
        }
        if (kLigandColumns[c].name == "rwse_1")
            EXPECT_THAT(values, ::testing::ElementsAre(0));
        else
            EXPECT_GE(values.size(), 2u) << kLigandColumns[c].name;
    }
}

TEST(LigandGoldenTest, AceticAcidIsWhatTheTableSays) {
    // element degree hydrogens charge hybridisation aromatic ring_sizes in_ring stereo donor acceptor acid
    // base rwse
    const auto acid = graph_of("CC(=O)O");
    EXPECT_EQ(row(acid, 0), (std::vector{1, 1, 3, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 10, 0, 10, 0, 10}))
        << kAdvice;
    EXPECT_EQ(row(acid, 1), (std::vector{1, 3, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 31, 0, 31, 0, 31, 0, 31}))
        << kAdvice;
    EXPECT_EQ(row(acid, 2), (std::vector{3, 1, 0, 0, 3, 0, 0, 0, 0, 0, 1, 1, 0, 0, 10, 0, 10, 0, 10, 0, 10}))
        << kAdvice;
    EXPECT_EQ(row(acid, 3), (std::vector{3, 1, 1, 0, 3, 0, 0, 0, 0, 1, 1, 1, 0, 0, 10, 0, 10, 0, 10, 0, 10}))
        << kAdvice;
    EXPECT_EQ(acid.bonds, (std::vector<std::array<std::uint16_t, 2>>{{0, 1}, {1, 2}, {1, 3}}));
    EXPECT_EQ(acid.bond_types, (std::vector<std::uint8_t>{0, 5, 4}))
        << "C-C single, C=O double and C-O single, both conjugated; " << kAdvice;
}

TEST(LigandGoldenTest, MorganBitsAreThoseOfRdkit) {
    // ECFP4 of methanol and benzene, 2048 bits: AllChem.GetMorganFingerprintAsBitVect(mol, 2, 2048).
    EXPECT_THAT(graph_of("CO").fingerprint, ::testing::ElementsAre(807, 1057, 1155)) << kAdvice;
    EXPECT_THAT(graph_of("c1ccccc1").fingerprint, ::testing::ElementsAre(389, 1088, 1873)) << kAdvice;
}

}  // namespace
}  // namespace keyway::features
