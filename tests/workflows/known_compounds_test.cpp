/// Known compounds: what one measurement does can be worked out by hand.
#include "keyway/workflows/known_compounds.hpp"

#include "support/temporary_folder.hpp"
#include "workflows/circular_counts.hpp"
#include "workflows/learning_fixtures.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/output_file.hpp"
#include "keyway/sample/columns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace keyway::workflows {
namespace {

using keyway::testing::TemporaryFolder;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using namespace testing;

constexpr float kSd = 1.2f;

/// The same molecule with its atoms in reverse order.
LigandGraph reversed(const LigandGraph& ligand) {
    LigandGraph other = ligand;
    const auto atoms = static_cast<std::uint16_t>(ligand.atoms());
    for (std::uint16_t atom = 0; atom < atoms; ++atom)
        std::copy_n(ligand.columns.begin() + atom * kLigandColumnCount, kLigandColumnCount,
                    other.columns.begin() + (atoms - 1 - atom) * kLigandColumnCount);
    for (auto& bond : other.bonds)
        bond = {static_cast<std::uint16_t>(atoms - 1 - bond[0]),
                static_cast<std::uint16_t>(atoms - 1 - bond[1])};
    return other;
}

/// Carbons with one nitrogen at `place`.
LigandGraph amine(int atoms, int place) {
    LigandGraph ligand = chain_ligand(atoms);
    ligand.columns[static_cast<std::size_t>(place) * kLigandColumnCount] = 2;
    return ligand;
}

TEST(CircularCounts, DampedASecondOccurrenceSaysLessThanTheFirst) {
    const CircularCounts one{{7, 1}}, three{{7, 3}}, other{{7, 1}, {9, 1}};
    EXPECT_NEAR(similarity(one, three), 1.0 / 3, 1e-6);
    EXPECT_NEAR(similarity(damped(one), damped(three)), 0.5, 1e-6);  // log 2 / log 4
    EXPECT_NEAR(similarity(damped(one), damped(other)), 0.5, 1e-6);
    EXPECT_NEAR(similarity(damped(three), damped(three)), 1, 1e-6);
}

TEST(CircularCounts, DoNotDependOnTheOrderOfAtoms) {
    const LigandGraph ligand = amine(9, 2);
    EXPECT_EQ(circular_counts(ligand), circular_counts(reversed(ligand)));
    EXPECT_NE(circular_counts(ligand), circular_counts(amine(9, 3)));
}

TEST(CircularCounts, SimilarityIsOneForEqualAndLessForLongerChains) {
    const auto eight = circular_counts(chain_ligand(8));
    EXPECT_DOUBLE_EQ(similarity(eight, eight), 1);
    const double nine = similarity(eight, circular_counts(chain_ligand(9)));
    const double twelve = similarity(eight, circular_counts(chain_ligand(12)));
    EXPECT_LT(nine, 1);
    EXPECT_LT(twelve, nine);
    EXPECT_GT(twelve, 0);
}

/// `residual` and the fall of the prior mean for one known compound, of which a compound takes `share`.
double moved(double share, double residual) {
    const double fall = 0.25;
    return share * (residual + fall) - fall;
}

TEST(KnownCorrection, TakesNineTenthsOfTheResidualOfTheCompoundItself) {
    const KnownCompound known{"a", amine(9, 2), 8.0f};
    const model::Prediction prior{6.0f, kSd};
    const KnownCorrection correction({&known, 1}, {&prior, 1});
    const auto corrected = correction.correct(known.ligand, prior);
    EXPECT_NEAR(corrected.pk, 6 + moved(0.9, 2), 1e-5);
    EXPECT_NEAR(corrected.pk_sd, kSd * std::sqrt(1 - 0.81), 1e-5);
    EXPECT_NEAR(correction.mean_residual(), 2, 1e-6);
}

/// Fluorines: no environment in common with a chain of carbons. The first `donors` of them count as donors.
LigandGraph unlike(int atoms, int donors) {
    LigandGraph ligand = chain_ligand(atoms);
    for (int atom = 0; atom < atoms; ++atom) {
        auto* row = &ligand.columns[static_cast<std::size_t>(atom) * kLigandColumnCount];
        row[0] = 4;
        row[9] = atom < donors;
    }
    return ligand;
}

TEST(KnownCorrection, MovesAnUnlikeCompoundByTheOffsetOnly) {
    const KnownCompound known{"a", chain_ligand(9), 8.0f};
    const model::Prediction prior{6.0f, kSd};
    const KnownCorrection correction({&known, 1}, {&prior, 1});
    ASSERT_EQ(correction.nearest_similarity(unlike(9, 0)), 0);
    const auto corrected = correction.correct(unlike(9, 0), prior);
    EXPECT_NEAR(corrected.pk, 6 + moved(0.2, 2), 1e-5);
    EXPECT_NEAR(corrected.pk_sd, kSd * std::sqrt(1 - 0.04), 1e-5);
}

TEST(KnownCorrection, TheOffsetFallsWithTheDifferenceInSizeAndInDonors) {
    const KnownCompound known{"a", chain_ligand(9), 8.0f};
    const model::Prediction prior{6.0f, kSd};
    const KnownCorrection correction({&known, 1}, {&prior, 1});
    EXPECT_NEAR(correction.correct(unlike(18, 0), prior).pk, 6 + moved(0.2 * std::exp(-0.5), 2), 1e-5);
    EXPECT_NEAR(correction.correct(unlike(9, 3), prior).pk, 6 + moved(0.2 * std::exp(-2.0), 2), 1e-5);
    EXPECT_NEAR(correction.correct(unlike(18, 3), prior).pk, 6 + moved(0.2 * std::exp(-2.5), 2), 1e-5);
    EXPECT_NEAR(correction.correct(unlike(18, 3), prior).pk_sd, kSd * std::sqrt(1 - 0.04 * std::exp(-5.0)),
                1e-5);
}

TEST(KnownCorrection, TakesTheOddOneForWeakerWhereTheModelAgrees) {
    const std::vector<KnownCompound> known{{"a", amine(9, 2), 7.0f}, {"b", amine(9, 4), 6.0f}};
    const std::vector<model::Prediction> agreeing{{7.0f, kSd}, {6.0f, kSd}};
    const KnownCorrection correction(known, agreeing);
    const auto corrected = correction.correct(amine(9, 3), {6.4f, kSd});
    const auto odd = correction.correct(unlike(30, 0), {6.4f, kSd});
    EXPECT_GT(corrected.pk, 6.3);
    EXPECT_LT(corrected.pk, 6.4);
    EXPECT_NEAR(odd.pk, 6.4 - KnownCorrection::fall(2), 0.05);
    EXPECT_DOUBLE_EQ(KnownCorrection::fall(2), 0.4);
    EXPECT_DOUBLE_EQ(KnownCorrection::fall(0), 0);
    // Measurements at the lowered mean move nothing from it.
    const std::vector<KnownCompound> low{{"a", amine(9, 2), 6.6f}, {"b", amine(9, 4), 5.6f}};
    EXPECT_NEAR(KnownCorrection(low, agreeing).correct(amine(9, 3), {6.4f, kSd}).pk, 6.0, 1e-5);
    EXPECT_LT(corrected.pk_sd, kSd);
    EXPECT_GT(corrected.pk_sd, kSd * std::sqrt(0.1));
}

TEST(KnownCorrection, LeavesAPredictionThatIsNotFiniteAsItIs) {
    const KnownCompound known{"a", chain_ligand(9), 8.0f};
    const model::Prediction prior{6.0f, kSd}, broken{std::numeric_limits<float>::quiet_NaN(), kSd};
    const KnownCorrection correction({&known, 1}, {&prior, 1});
    EXPECT_TRUE(std::isnan(correction.correct(chain_ligand(8), broken).pk));
    EXPECT_THROW(KnownCorrection({&known, 1}, {&broken, 1}), Error);
}

TEST(KnownPredictor, CorrectsEveryPocketByItsOwnPredictions) {
    const auto model = std::make_shared<LinePredictor>(
        Line{.bias = 1, .per_atom = 0.25, .per_pocket_atom = 0.5}, model::Passport{});
    const auto with_known = with_known_compounds(model, {{"a", chain_ligand(8), 9.0f}});
    const PocketGraph small = chain_pocket("P1", 4), large = chain_pocket("P2", 8);
    for (const auto* pocket : {&small, &large}) {
        const auto plain =
            model->predict(*model->encode(*pocket, model::PocketUse::full), std::vector{chain_ligand(8)});
        const auto corrected =
            with_known->predict(*with_known->encode(*pocket), std::vector{chain_ligand(8)});
        EXPECT_NEAR(corrected.front().pk, plain.front().pk + moved(0.9, 9 - plain.front().pk), 1e-4);
    }
    EXPECT_THROW(with_known->predict(*model->encode(small, model::PocketUse::full), {}), Error);
}

#ifdef KEYWAY_WITH_CHEMISTRY
TEST(KnownFile, ReadsPkConcentrationsAndUnitsFromTables) {
    const TemporaryFolder folder;
    const auto read = [&](const char* name, const char* text) {
        write_file(folder / name, text, IfExists::overwrite);
        return read_known(folder / name, {});
    };
    EXPECT_NEAR(read("a.csv", "id,smiles,pIC50\nx,CCO,7.25\n").compounds.at(0).pk, 7.25, 1e-6);
    EXPECT_NEAR(read("b.csv", "smiles,ki_nM\nCCO,100\n").compounds.at(0).pk, 7, 1e-6);
    EXPECT_NEAR(read("c.tsv", "smiles\tvalue\tunit\nCCO\t10\tuM\n").compounds.at(0).pk, 5, 1e-6);
    EXPECT_NEAR(read("d.smi", "CCO alcohol 35 nM\n").compounds.at(0).pk, 7.4559, 1e-3);
    EXPECT_NEAR(read("e.smi", "CCO 6.5\n").compounds.at(0).pk, 6.5, 1e-6);
}

TEST(KnownFile, LeavesBoundsAndBadRowsOutAndSaysWhich) {
    const TemporaryFolder folder;
    write_file(folder / "known.csv",
               "id,smiles,ic50\ngood,CCO,35 nM\nbound,CCN,>10 uM\nbad,CC(,3 nM\nunitless,CCC,3\n",
               IfExists::refuse);
    const KnownFile file = read_known(folder / "known.csv", {});
    EXPECT_THAT(file.compounds, SizeIs(1));
    EXPECT_THAT(file.notes, SizeIs(3));
    EXPECT_THAT(file.notes, Contains(HasSubstr("line 3 (bound) is left out: a bound is not a value")));
    EXPECT_THAT(file.notes, Contains(HasSubstr("'3' has no unit")));
}

TEST(KnownFile, WithoutAUsableRowIsAnError) {
    const TemporaryFolder folder;
    write_file(folder / "empty.csv", "smiles,pk\n", IfExists::refuse);
    write_file(folder / "other.csv", "smiles,weight\nCCO,46\n", IfExists::refuse);
    EXPECT_THAT(error_of([&] { read_known(folder / "empty.csv", {}); }).message, HasSubstr("can be used"));
    EXPECT_THAT(error_of([&] { read_known(folder / "other.csv", {}); }).message,
                HasSubstr("no column with a measured value, found: smiles, weight"));
}
#endif

}  // namespace
}  // namespace keyway::workflows
