/// Enrichment on a small dataset: who is an active, who may be a decoy, and what the controls must give.
#include "support/temporary_folder.hpp"
#include "workflows/evaluate_enrichment.hpp"
#include "workflows/learning_fixtures.hpp"
#include "workflows/ligand_properties.hpp"

#include "keyway/workflows/evaluate.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace keyway::workflows {
namespace {

using keyway::testing::TemporaryFolder;
using ::testing::Contains;
using ::testing::HasSubstr;
using namespace testing;

/// Three proteins of three families; P1's actives have 20 to 29 atoms, and P2 and P3 have compounds of all
/// sizes.
std::vector<RowSpec> three_proteins() {
    std::vector<RowSpec> rows;
    const auto add = [&](const std::string& protein, int atoms, double pk, int tag) {
        RowSpec row{.pocket = protein,
                    .assay = protein,
                    .atoms = atoms,
                    .pk = pk,
                    .split = Split::valid,
                    .protein = protein,
                    .cluster = "family of " + protein};
        row.fingerprint = {static_cast<std::uint16_t>(tag)};
        rows.push_back(row);
    };
    for (int i = 0; i < 10; ++i) add("P1", 20 + i, 8, i);
    for (int i = 0; i < 10; ++i) add("P1", 40 + i, 5, 100 + i);
    for (int i = 0; i < 60; ++i) add("P2", 10 + i, 5, 200 + i);
    for (int i = 0; i < 60; ++i) add("P3", 70 + i, i < 3 ? 8 : 5, 300 + i);
    return rows;
}

class Enrichments : public ::testing::Test {
protected:
    Enrichments() {
        options.model = (folder / "weights.safetensors").string();
        options.split = "valid";
        options.enrichment = true;
        options.bootstrap_samples = 50;
        network.line = {.bias = 1, .per_atom = 0.25, .per_pocket_atom = 0.5};
    }
    EvaluateResult run(const std::vector<RowSpec>& rows) {
        std::filesystem::remove(folder / "data.h5");
        write_dataset(folder / "data.h5", rows);
        options.datasets = {folder / "data.h5"};
        return evaluate(options, network, silent_context());
    }
    TemporaryFolder folder;
    EvaluateOptions options;
    LineNetwork network;
};

double value(const Enrichment& enrichment, const std::string& method, report::ScreeningMetric metric) {
    return enrichment.methods.at(method).value[static_cast<std::size_t>(metric)].value;
}

TEST_F(Enrichments, ALineOverAtomsRanksAsTheAtomsDoWhateverThePocket) {
    const auto result = run(three_proteins());
    ASSERT_TRUE(result.enrichment);
    const Enrichment& enrichment = *result.enrichment;
    ASSERT_EQ(enrichment.targets.size(), 1u) << "P2 has no active, P3 too few";
    EXPECT_EQ(enrichment.targets[0].name, "P1");
    EXPECT_EQ(enrichment.actives, 10);
    EXPECT_THAT(result.notes, Contains(HasSubstr("P2 (0), P3 (3)")));
    for (const auto metric : {report::ScreeningMetric::ef_1, report::ScreeningMetric::bedroc_20,
                              report::ScreeningMetric::roc_auc}) {
        EXPECT_NEAR(value(enrichment, "model", metric), value(enrichment, "heavy_atoms", metric), 1e-12);
        EXPECT_NEAR(value(enrichment, "model", metric), value(enrichment, "pocket_blanked", metric), 1e-12);
    }
    EXPECT_NEAR(value(enrichment, "chance", report::ScreeningMetric::ef_1), 1, 1e-12);
    EXPECT_NEAR(value(enrichment, "chance", report::ScreeningMetric::roc_auc), 0.5, 1e-12);
    EXPECT_THAT(to_json(result), HasSubstr("\"bedroc_80.5\""));
    EXPECT_THAT(to_text(result), HasSubstr("Enrichment on 1 targets: 10 actives"));
}

TEST_F(Enrichments, SwapsThePocketForAnotherTargets) {
    auto rows = three_proteins();
    for (auto& row : rows)
        if (row.protein == "P3") row.pk = 8;
    const auto result = run(rows);
    ASSERT_TRUE(result.enrichment);
    EXPECT_EQ(result.enrichment->targets.size(), 2u);
    EXPECT_TRUE(result.enrichment->methods.contains("pocket_swapped"));
}

TEST_F(Enrichments, DecoysAreMatchedUnmeasuredOnTheFamilyAndUnlikeTheActives) {
    auto rows = three_proteins();
    // A twin of an active by fingerprint, and a compound with a bound on P1's family: neither is a decoy.
    RowSpec twin = rows[20];
    twin.atoms = 200;
    twin.fingerprint = rows[0].fingerprint;
    rows.push_back(twin);
    RowSpec bound = rows[25];
    bound.protein = "P1b";
    bound.pocket = "P1b";
    bound.cluster = "family of P1";
    bound.relation = Relation::less;
    rows.push_back(bound);
    write_dataset(folder / "data.h5", rows);
    LogSink& log = silent_context().log;
    LabelledData data({folder / "data.h5"}, log);
    std::vector<std::string> notes;
    const auto sets = enrichment_sets(options, data, data.rows, notes);
    ASSERT_EQ(sets.size(), 1u);
    std::set<std::string> decoys;
    for (const int ligand : sets[0].decoys)
        EXPECT_TRUE(decoys.insert(data.ligand(ligand).smiles).second) << "each compound once";
    EXPECT_EQ(decoys.size(), 119u) << "all of P2 and P3 but the bound one and the twin";
    for (const int ligand : sets[0].actives) EXPECT_FALSE(decoys.contains(data.ligand(ligand).smiles));
    for (const int ligand : sets[0].decoys)
        EXPECT_NE(data.ligand(ligand).atoms(), 15u) << "bound on the family";
    // The first active's decoys come first and are the nearest in size.
    const auto first = static_cast<int>(data.ligand(sets[0].actives[0]).atoms());
    EXPECT_LE(std::abs(static_cast<int>(data.ligand(sets[0].decoys[0]).atoms()) - first), 1);
}

TEST_F(Enrichments, TheSameSeedGivesTheSameNumbersOnAnyNumberOfThreads) {
    auto rows = three_proteins();
    for (auto& row : rows)
        if (row.protein == "P3") row.pk = 8;
    options.threads = 1;
    const std::string one = to_json(*run(rows).enrichment);
    options.threads = 4;
    EXPECT_EQ(to_json(*run(rows).enrichment), one);
}

TEST(LigandProperties, OfAChain) {
    const auto properties = ligand_properties(chain_ligand(10));
    EXPECT_EQ(properties.heavy_atoms, 10);
    EXPECT_EQ(properties.donors + properties.acceptors + properties.formal_charge, 0);
    EXPECT_NEAR(property_distance(properties, properties), 0, 1e-12);
    EXPECT_GT(property_distance(properties, ligand_properties(chain_ligand(12))), 0.9);
}

}  // namespace
}  // namespace keyway::workflows
