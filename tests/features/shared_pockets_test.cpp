/// Every structure of the shared data gives a pocket. KEYWAY_ALL_POCKETS=1 takes all 406 instead of every
/// eighth.
#include "keyway/core/error.hpp"
#include "keyway/core/table.hpp"
#include "keyway/features/features.hpp"
#include "keyway/sample/columns.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>

namespace keyway::features {
namespace {

namespace fs = std::filesystem;

struct Case {
    std::string id;
    fs::path structure;
    std::function<chem::Site()> site;
};

std::vector<Case> cases_of(const fs::path& data) {
    std::vector<Case> cases;
    for (const auto* name : {"targets.csv", "targets_wide.csv"}) {
        TableReader table(data / "affinity" / name);
        while (table.next()) {
            Case item{
                std::string(table["target_id"]), data / "affinity" / std::string(table["structure"]), {}};
            if (table["reference"].empty()) {
                const auto number = [&](const char* column) { return std::stod(std::string(table[column])); };
                const std::array<double, 3> centre = {number("pocket_center_x"), number("pocket_center_y"),
                                                      number("pocket_center_z")};
                item.site = [centre] { return chem::site_from_centre(centre); };
            } else {
                const auto reference = data / "affinity" / std::string(table["reference"]);
                item.site = [reference] { return chem::site_from_ligand_file(reference); };
            }
            cases.push_back(item);
        }
    }
    for (const auto& folder : {data / "fep16", data / "pdbbind_sample"}) {
        for (const auto& entry : fs::directory_iterator(folder)) {
            if (!entry.is_directory()) continue;
            const auto code = entry.path().filename().string();
            const bool is_fep = folder.filename() == "fep16";
            const auto ligand = entry.path() / (is_fep ? "reference.sdf" : code + "_ligand.sdf");
            cases.push_back({code, entry.path() / (is_fep ? "protein.pdb.gz" : code + "_protein.pdb"),
                             [ligand] { return chem::site_from_ligand_file(ligand); }});
        }
    }
    std::sort(cases.begin(), cases.end(),
              [](const Case& a, const Case& b) { return a.structure < b.structure; });
    return cases;
}

TEST(SharedPockets, OfRealStructuresAreWholeConnectedAndOfUsualSize) {
    const fs::path data = fs::path(KEYWAY_SHARED_DIR) / "data";
    if (!fs::exists(data / "affinity")) GTEST_SKIP() << "SKIPPED: no shared data at " << data;
    const auto cases = cases_of(data);
    ASSERT_GE(cases.size(), 400u);
    const std::size_t step = std::getenv("KEYWAY_ALL_POCKETS") ? 1 : 8;

    for (std::size_t i = 0; i < cases.size(); i += step) {
        const auto& item = cases[i];
        SCOPED_TRACE(item.id);
        try {
            const auto structure = chem::read_structure(item.structure);
            const auto graph = pocket_graph(chem::cut_pocket(structure, item.site(), {}));
            const auto tokens = std::count(graph.is_token.begin(), graph.is_token.end(), 1);

            EXPECT_GT(graph.atoms(), 150u);
            EXPECT_LT(graph.atoms(), 1000u);
            EXPECT_GT(tokens, 100);
            EXPECT_LT(tokens, 600);
            // A polymer has about one bond per heavy atom; misread elements or missing atoms would show here.
            EXPECT_GT(graph.bonds.size(), graph.atoms() * 9 / 10);
            EXPECT_LT(graph.bonds.size(), graph.atoms() * 11 / 10);
        } catch (const Error& error) {
            ADD_FAILURE() << error.what() << " | " << error.hint();
        }
    }
}

}  // namespace
}  // namespace keyway::features
