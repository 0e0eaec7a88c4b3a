/// The demo's library: every SMILES parses, and RDKit computes the formula that is written beside it.
#include "apps/demo/summary.hpp"

#include "keyway/chem/read_ligand.hpp"
#include "keyway/core/table.hpp"

#include <GraphMol/Descriptors/MolDescriptors.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace keyway::demo {
namespace {

constexpr const char* kLibrary = KEYWAY_SOURCE_DIR "/apps/demo/drugs.csv";

TEST(Drugs, HaveTheFormulaThatIsWrittenBesideThem) {
    chem::warm_up_rdkit();
    chem::LigandOptions as_written;
    as_written.neutralise = false;
    TableReader table{std::filesystem::path(kLibrary)};
    std::map<std::string, std::string> name_of_smiles;
    while (table.next()) {
        const std::string name(table["name"]);
        const auto drug = chem::parse_smiles(table["smiles"], name, as_written);
        ASSERT_TRUE(drug.ok()) << name << ": " << drug.rejection().message;
        EXPECT_EQ(RDKit::Descriptors::calcMolFormula(drug.value().rdkit()), table["formula"]) << name;
        EXPECT_EQ(drug.value().heavy_atoms(), heavy_atoms_in_formula(table["formula"])) << name;
        const auto [first, is_new] = name_of_smiles.emplace(drug.value().smiles(), name);
        EXPECT_TRUE(is_new) << name << " is the same molecule as " << first->second;
    }
}

TEST(Drugs, HoldTheHivProteaseInhibitorsAmongManyOthers) {
    TableReader table{std::filesystem::path(kLibrary)};
    std::set<std::string> names, known;
    while (table.next()) {
        EXPECT_TRUE(names.emplace(table["name"]).second) << table["name"] << " is listed twice";
        if (table["class"] == SummaryOptions{}.known_class) known.emplace(table["name"]);
    }
    EXPECT_GE(names.size(), 220U);
    EXPECT_EQ(known,
              (std::set<std::string>{"amprenavir", "atazanavir", "darunavir", "fosamprenavir", "indinavir",
                                     "lopinavir", "nelfinavir", "ritonavir", "saquinavir", "tipranavir"}));
}

}  // namespace
}  // namespace keyway::demo
