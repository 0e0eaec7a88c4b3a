/// Equal compounds share an index; a pose never shares a graph whose atoms are numbered otherwise.
#include "workflows/ligand_index.hpp"

#include "support/temporary_folder.hpp"

#include "keyway/sample/columns.hpp"

#include <gtest/gtest.h>

namespace keyway::workflows {
namespace {

LigandGraph graph(const std::string& smiles, std::uint8_t first_element, std::uint8_t second_element) {
    LigandGraph ligand;
    ligand.smiles = smiles;
    ligand.columns.resize(2 * kLigandColumns.size());
    ligand.columns[0] = first_element;
    ligand.columns[kLigandColumns.size()] = second_element;
    ligand.bonds = {{0, 1}};
    ligand.bond_types = {0};
    return ligand;
}

TEST(LigandIndex, SharesEqualCompoundsAndRespectsTheNumberingOfPoses) {
    const testing::TemporaryFolder folder;
    store::DatasetWriter writer(folder / "out.h5", IfExists::refuse, {});
    LigandIndex index(writer);
    const auto carbon_first = graph("CN", 1, 2), nitrogen_first = graph("CN", 2, 1);

    EXPECT_EQ(index.add(carbon_first, AtomOrder::any), 0);
    EXPECT_EQ(index.add(nitrogen_first, AtomOrder::any), 0) << "no pose: any numbering will do";
    EXPECT_EQ(index.add(carbon_first, AtomOrder::same), 0);
    EXPECT_EQ(index.add(nitrogen_first, AtomOrder::same), 1);
    EXPECT_EQ(index.add(nitrogen_first, AtomOrder::same), 1);
    EXPECT_EQ(index.add(graph("CO", 1, 3), AtomOrder::any), 2);
    EXPECT_EQ(index.size(), 3u);
}

}  // namespace
}  // namespace keyway::workflows
