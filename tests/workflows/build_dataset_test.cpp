/// Rows to a dataset: nothing lost, nothing doubled, poses in the right atoms, the same bytes for any number
/// of threads; and the figures that the real tables must give.
#include "keyway/workflows/build_dataset.hpp"

#include "workflows/dataset_fixtures.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/text_input.hpp"
#include "keyway/datasets/registry.hpp"
#include "keyway/report/metrics.hpp"
#include "keyway/sample/columns.hpp"
#include "keyway/store/dataset_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace keyway::workflows {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ListSource;
using ::testing::Pair;
using testing::SyntheticTarget;
using Rows = std::vector<std::variant<RawRecord, Rejected>>;

BuildDatasetOptions options_for(const std::filesystem::path& out) {
    BuildDatasetOptions options;
    options.out = out;
    options.threads = 2;
    return options;
}

BuildDatasetSummary build(Rows rows, const BuildDatasetOptions& options) {
    ListSource source(std::move(rows));
    return build_dataset(source, options, silent_context());
}

ErrorKind kind_of_failure(Rows rows, const BuildDatasetOptions& options) {
    try {
        build(std::move(rows), options);
    } catch (const Error& error) {
        return error.kind();
    }
    return ErrorKind::failure;
}

TEST(BuildDataset, AccountsForEveryRow) {
    const SyntheticTarget target;
    auto without_structure = target.record("a", "CCO");
    without_structure.pocket_id = "ABSENT";
    without_structure.structure = target.folder() / "absent.pdb";
    auto far_away = target.record("b", "CCO");
    far_away.pocket_id = "FAR";
    far_away.site = {};
    far_away.site.centre_angstrom = {500, 0, 0};
    auto bad_split = target.record("c", "CCO");
    bad_split.split = "holdout";
    const auto options = options_for(target.folder() / "out.h5");

    const auto summary = build({target.record("good", "CCO"), without_structure, far_away,
                                target.record("typo", "C1CC"), target.record("empty", ""), bad_split,
                                Rejected{"x", "labels.csv", 9, {"read", "PK_RANGE", "pk is 99"}},
                                target.record("better", "c1ccccc1O")},
                               options);

    EXPECT_EQ(summary.read, 8u);
    EXPECT_EQ(summary.written, 2u);
    EXPECT_EQ(summary.rejected, 6u);
    EXPECT_EQ(summary.pockets, 1u);
    EXPECT_EQ(summary.ligands, 2u);
    EXPECT_THAT(summary.rejected_by_reason,
                ElementsAre(Pair("EMPTY", 1), Pair("PK_RANGE", 1), Pair("POCKET", 1),
                            Pair("SMILES_SYNTAX", 1), Pair("SPLIT", 1), Pair("STRUCTURE", 1)));
    EXPECT_EQ(summary.rejected_file, target.folder() / "out.rejected.csv");
    const std::string list = read_text_file(summary.rejected_file);
    EXPECT_THAT(list, HasSubstr("T/a,labels.csv,0,pocket,STRUCTURE,"));
    EXPECT_EQ(std::count(list.begin(), list.end(), '\n'), 7);
}

TEST(BuildDataset, WritesWhatTheRowsSay) {
    const SyntheticTarget target;
    const auto options = options_for(target.folder() / "out.h5");
    auto censored = target.record("2", "CCN");
    censored.affinity = {5, Relation::less, Measure::ki};
    censored.cluster = "";
    build({target.record("1", "CCO"), censored}, options);

    const store::DatasetReader reader(options.out);

    const auto rows = reader.measurements();
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].id, "T/1");
    EXPECT_FLOAT_EQ(rows[0].pk, 6.5f);
    EXPECT_EQ(rows[0].split, Split::valid);
    EXPECT_EQ(reader.name(rows[0].assay), "T/series");
    EXPECT_EQ(reader.name(rows[0].source), "labels.csv");
    EXPECT_EQ(reader.name(rows[0].protein), "TEST");
    EXPECT_EQ(reader.name(rows[0].cluster), "C1");
    EXPECT_EQ(rows[1].cluster, -1);
    EXPECT_EQ(rows[1].relation, Relation::less);
    EXPECT_EQ(rows[1].measure, Measure::ki);
    EXPECT_EQ(reader.pocket(rows[0].pocket).id, "T");
    EXPECT_EQ(reader.ligand(rows[1].ligand).id, "2");
    EXPECT_EQ(reader.ligand(rows[1].ligand).smiles, "CCN");
    EXPECT_TRUE(reader.pose(0).empty());
    EXPECT_THAT(reader.passport().ligand_policy, HasSubstr("neutralise=1"));
    EXPECT_NO_THROW(reader.verify());
}

TEST(BuildDataset, StoresEqualCompoundsOnce) {
    const SyntheticTarget target;
    const auto options = options_for(target.folder() / "out.h5");
    const auto summary =
        build({target.record("1", "CCO"), target.record("2", "OCC"), target.record("3", "CC[O-].[Na+]"),
               target.record("4", "C[C@H](F)Cl"), target.record("5", "C[C@@H](F)Cl")},
              options);
    EXPECT_EQ(summary.written, 5u);
    EXPECT_EQ(summary.ligands, 3u) << "ethanol three times, and two enantiomers";
}

TEST(BuildDataset, KeepsEachPoseInTheOrderOfItsLigandsAtoms) {
    const SyntheticTarget target;
    const auto forward = target.folder().write("forward.sdf", testing::chain_sdf(testing::propylamine()));
    const auto backward =
        target.folder().write("backward.sdf", testing::chain_sdf(testing::propylamine(true)));
    auto first = target.record("1", ""), second = target.record("2", ""), third = target.record("3", "");
    first.ligand_files = third.ligand_files = {forward};
    second.ligand_files = {backward};
    const auto options = options_for(target.folder() / "out.h5");

    const auto summary = build({target.record("0", "NCCC"), first, second, third}, options);

    const store::DatasetReader reader(options.out);
    const auto rows = reader.measurements();
    ASSERT_EQ(rows.size(), 4u);
    EXPECT_EQ(rows[1].ligand, rows[3].ligand);
    EXPECT_NE(rows[1].ligand, rows[2].ligand) << "one SMILES, but the atoms are numbered the other way";
    EXPECT_LE(summary.ligands, 3u);
    const auto origin = reader.pocket(rows[1].pocket).origin_angstrom;
    for (const std::int64_t i : {1, 2, 3}) {
        const auto ligand = reader.ligand(rows[static_cast<std::size_t>(i)].ligand);
        const auto pose = reader.pose(i);
        ASSERT_EQ(pose.size(), 4u);
        constexpr std::uint8_t kNitrogen = 2;  // class of the element column
        for (std::size_t atom = 0; atom < 4; ++atom)
            if (ligand.columns[atom * kLigandColumns.size()] == kNitrogen) {
                EXPECT_NEAR(pose[atom][0] + origin[0], 21.9, 1e-4);
                EXPECT_NEAR(pose[atom][2] + origin[2], 3.0, 1e-4);
            }
    }
}

TEST(BuildDataset, StoresKnownPosesOnceWithPocketsAndLigandsOfTheirOwn) {
    const SyntheticTarget target;
    ListSource source({target.record("1", "CCO")});
    auto pose = target.record("reference", "");
    pose.ligand_files = {pose.site.reference_ligand};
    auto elsewhere = pose;
    elsewhere.id = "U/reference";
    elsewhere.pocket_id = "U";
    elsewhere.split = "train";
    elsewhere.cluster = "C2";
    auto squashed = pose;
    squashed.id = "T/squashed";
    auto atoms = testing::propylamine();
    atoms[1].position_angstrom = {19.2, 5.6, 3.1};  // 1.35 A from the first: a double bond's length
    squashed.ligand_files = {target.folder().write("squashed.sdf", testing::chain_sdf(atoms))};
    auto absent = pose;
    absent.id = "T/absent";
    absent.ligand_files = {target.folder() / "absent.sdf"};
    source.known_poses = {pose, squashed, elsewhere, absent,
                          Rejected{"V/reference", "targets.csv", 7, {"read", "EXCLUDED", "on request"}}};
    const auto options = options_for(target.folder() / "out.h5");

    const auto summary = build_dataset(source, options, silent_context());

    EXPECT_EQ(summary.read, 1u);
    EXPECT_EQ(summary.rejected, 0u) << "rows and poses are counted apart";
    EXPECT_EQ(summary.poses, 2u);
    EXPECT_THAT(summary.poses_rejected_by_reason,
                ElementsAre(Pair("EXCLUDED", 1), Pair("NO_BOND_ORDERS", 1), Pair("UNREADABLE", 1)));
    EXPECT_EQ(summary.pockets, 2u);
    EXPECT_EQ(summary.ligands, 2u);
    const std::string list = read_text_file(summary.rejected_file);
    EXPECT_THAT(list, HasSubstr("T/squashed,labels.csv,0,pose,NO_BOND_ORDERS,"));
    EXPECT_THAT(list, HasSubstr("V/reference,targets.csv,7,read,EXCLUDED,"));

    const store::DatasetReader reader(options.out);
    EXPECT_NO_THROW(reader.verify());
    const auto poses = reader.poses();
    ASSERT_EQ(poses.size(), 2u);
    EXPECT_EQ(poses[0].pocket, 0) << "the pocket of the row";
    EXPECT_EQ(poses[0].split, Split::valid);
    EXPECT_EQ(poses[1].split, Split::train);
    EXPECT_EQ(reader.pocket(poses[1].pocket).id, "U");
    EXPECT_EQ(reader.name(poses[1].cluster), "C2");
    EXPECT_EQ(poses[1].ligand, poses[0].ligand);
    const auto origin = reader.pocket(0).origin_angstrom;
    EXPECT_NEAR(poses[0].position_in_pocket[3][0] + origin[0], 21.9, 1e-4);
}

TEST(BuildDataset, ConformersAreTheSameForAnyNumberOfThreadsAndAFailureLosesNoLigand) {
    const SyntheticTarget target;
    Rows rows;
    for (int i = 1; i <= 150; ++i)
        rows.emplace_back(
            target.record(std::to_string(i),
                          std::string(static_cast<std::size_t>(1 + i % 9), 'C') + (i % 3 == 0 ? "O" : "N")));
    rows.emplace_back(target.record("strained", "C1C[C@H]2CC[C@H]1C2"));
    std::string first;
    for (const int threads : {1, 3}) {
        auto options = options_for(target.folder() / ("out" + std::to_string(threads) + ".h5"));
        options.threads = threads;
        options.conformers = 1;
        const auto summary = build(rows, options);
        EXPECT_EQ(summary.written, rows.size());
        EXPECT_EQ(summary.ligands_without_conformer, 1u);
        const std::string bytes = testing::read_bytes(options.out);
        if (first.empty()) first = bytes;
        EXPECT_TRUE(bytes == first) << threads << " threads";
    }
    const store::DatasetReader reader(target.folder() / "out1.h5");
    const auto last = static_cast<std::int32_t>(reader.passport().ligands) - 1;
    EXPECT_TRUE(reader.distances(last).empty());
    for (std::int32_t i = 0; i < last; ++i) {
        const auto ligand = reader.ligand(i);
        const auto distances = reader.distances(i);
        ASSERT_EQ(distances.size(), ligand.atoms() * (ligand.atoms() - 1) / 2);
        for (const auto& [a, b] : ligand.bonds) {
            const std::size_t before = std::min(a, b), after = std::max(a, b), n = ligand.atoms();
            const std::size_t place = before * n - before * (before + 1) / 2 + after - before - 1;
            EXPECT_NEAR(distances[place], 15, 2) << ligand.smiles << ": a bond, so the order of atoms holds";
        }
    }
}

TEST(BuildDataset, GivesTheSameBytesForAnyNumberOfThreads) {
    const SyntheticTarget target;
    Rows rows;
    for (int i = 0; i < 300; ++i) {
        auto record =
            target.record(std::to_string(i),
                          std::string(static_cast<std::size_t>(1 + i % 40), 'C') + (i % 7 == 0 ? "(" : "O"));
        record.pocket_id = "T" + std::to_string(i % 5);
        record.assay = "assay " + std::to_string(i % 11);
        rows.emplace_back(record);
    }
    std::string first;
    for (const int threads : {1, 2, 5}) {
        auto options = options_for(target.folder() / ("out" + std::to_string(threads) + ".h5"));
        options.threads = threads;
        const auto summary = build(rows, options);
        EXPECT_EQ(summary.rejected, 43u);
        const std::string bytes =
            testing::read_bytes(options.out) + testing::read_bytes(summary.rejected_file);
        if (first.empty()) first = bytes;
        EXPECT_TRUE(bytes == first) << threads << " threads";
    }
}

TEST(BuildDataset, StrictMakesNoDatasetButTheListOfReasons) {
    const SyntheticTarget target;
    auto options = options_for(target.folder() / "out.h5");
    options.strict = true;
    EXPECT_EQ(kind_of_failure({target.record("1", "CCO"), target.record("2", "C(")}, options),
              ErrorKind::input);
    EXPECT_FALSE(std::filesystem::exists(options.out));
    EXPECT_THAT(read_text_file(target.folder() / "out.rejected.csv"), HasSubstr("T/2"));
}

TEST(BuildDataset, FailsWhenNothingCanBeUsed) {
    const SyntheticTarget target;
    const auto options = options_for(target.folder() / "out.h5");
    EXPECT_EQ(kind_of_failure({target.record("2", "C(")}, options), ErrorKind::input);
    EXPECT_FALSE(std::filesystem::exists(options.out));
    EXPECT_TRUE(std::filesystem::exists(target.folder() / "out.rejected.csv"));
}

TEST(BuildDataset, NeverReplacesFilesUnasked) {
    const SyntheticTarget target;
    auto options = options_for(target.folder().write("out.h5", "precious"));
    EXPECT_EQ(kind_of_failure({target.record("1", "CCO")}, options), ErrorKind::usage);
    options.out = target.folder() / "new.h5";
    options.rejected = target.folder() / "out.h5";
    EXPECT_EQ(kind_of_failure({target.record("1", "CCO")}, options), ErrorKind::usage);
    EXPECT_EQ(testing::read_bytes(target.folder() / "out.h5"), "precious");
}

TEST(BuildDataset, LeavesNothingWhenStopped) {
    const SyntheticTarget target;
    const auto options = options_for(target.folder() / "out.h5");
    const Context silent = silent_context();
    StopFlag stop{true};
    ListSource source({target.record("1", "CCO")});
    try {
        build_dataset(source, options, {silent.log, silent.progress, stop});
        FAIL() << "expected to be interrupted";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::interrupted);
    }
    for (const auto& entry : std::filesystem::directory_iterator(target.folder().path()))
        EXPECT_THAT(entry.path().filename().string(), ::testing::Not(HasSubstr("out"))) << entry.path();
}

std::filesystem::path shared(const std::string& name) {
    return std::filesystem::path(KEYWAY_SHARED_DIR) / "data" / name;
}

TEST(BuildDataset, LosesNoGenuineComplexWithoutAReason) {
    if (!std::filesystem::exists(shared("pdbbind_sample")))
        GTEST_SKIP() << "the shared data is not beside the project: " << shared("pdbbind_sample");
    const testing::TemporaryFolder folder;
    datasets::SourceOptions source_options;
    source_options.folder = shared("pdbbind_sample");
    const auto source = datasets::open_source("pdbbind", source_options);

    const auto summary = build_dataset(*source, options_for(folder / "out.h5"), silent_context());

    EXPECT_EQ(summary.read, 50u);
    EXPECT_EQ(summary.written, 49u);
    EXPECT_THAT(summary.rejected_by_reason, ElementsAre(Pair("METAL", 1))) << "3qlb: an iron siderophore";
    const store::DatasetReader reader(folder / "out.h5");
    reader.verify();
    const auto rows = reader.measurements();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto pocket = reader.pocket(rows[i].pocket);
        const auto pose = reader.pose(static_cast<std::int64_t>(i));
        ASSERT_EQ(pose.size(), reader.ligand(rows[i].ligand).atoms()) << rows[i].id;
        double nearest = 1e9;
        for (const auto& a : pose)
            for (const auto& b : pocket.position_in_pocket)
                nearest = std::min(nearest,
                                   std::hypot(double{a[0]} - b[0], double{a[1]} - b[1], double{a[2]} - b[2]));
        EXPECT_GT(nearest, 1.0) << rows[i].id << ": the ligand is part of its own pocket";
        EXPECT_LT(nearest, 4.5) << rows[i].id << ": the pose is not in the pocket";
    }
}

/// Mean over assays with at least 5 rows of the correlation between pK and the number of heavy atoms.
double mean_heavy_atom_spearman(const std::filesystem::path& dataset, Split split) {
    const store::DatasetReader reader(dataset);
    const auto heavy_atoms = reader.ligand_heavy_atoms();
    std::map<std::int32_t, std::pair<std::vector<double>, std::vector<double>>> assays;
    for (const auto& row : reader.measurements()) {
        if (row.split != split) continue;
        assays[row.assay].first.push_back(row.pk);
        assays[row.assay].second.push_back(heavy_atoms[static_cast<std::size_t>(row.ligand)]);
    }
    double sum = 0;
    int count = 0;
    for (const auto& [assay, values] : assays) {
        if (values.first.size() < 5) continue;
        sum += report::spearman(values.first, values.second);
        ++count;
    }
    return sum / count;
}

TEST(BuildDataset, PosesOfTheSharedTargetsLieInTheirPocketsAtomByAtom) {
    if (!std::filesystem::exists(shared("affinity")))
        GTEST_SKIP() << "the shared data is not beside the project: " << shared("affinity");
    const testing::TemporaryFolder folder;
    datasets::SourceOptions source_options;
    source_options.targets = {shared("affinity") / "targets.csv", shared("affinity") / "targets_wide.csv"};
    source_options.labels = {shared("affinity") / "labels.csv"};
    const auto tables = datasets::open_source("tables", source_options);
    const auto all = tables->poses();
    Rows rows, poses;
    for (std::size_t i = 0; i < all.size(); i += 12) poses.push_back(all[i]);  // about 25 of them
    auto row = std::get<RawRecord>(all.front());
    row.smiles = "CCO";
    row.ligand_files.clear();
    ListSource source({row});
    source.known_poses = poses;

    const auto summary = build_dataset(source, options_for(folder / "out.h5"), silent_context());

    const auto from_coordinates = summary.poses_rejected_by_reason.find("NO_BOND_ORDERS");
    ASSERT_NE(from_coordinates, summary.poses_rejected_by_reason.end()) << "the wide references";
    EXPECT_EQ(summary.poses + from_coordinates->second, poses.size()) << "nothing else is refused";
    EXPECT_GE(summary.poses, 20u);
    const store::DatasetReader reader(folder / "out.h5");
    for (const auto& pose : reader.poses()) {
        const auto pocket = reader.pocket(pose.pocket);
        const auto ligand = reader.ligand(pose.ligand);
        for (const auto& [a, b] : ligand.bonds)
            ASSERT_PRED3([](double length, double low, double high) { return length > low && length < high; },
                         std::hypot(double{pose.position_in_pocket[a][0]} - pose.position_in_pocket[b][0],
                                    double{pose.position_in_pocket[a][1]} - pose.position_in_pocket[b][1],
                                    double{pose.position_in_pocket[a][2]} - pose.position_in_pocket[b][2]),
                         1.0, 2.2)
                << pocket.id;
        std::array<double, 3> centroid{};
        double nearest = 1e9;
        for (const auto& a : pose.position_in_pocket) {
            for (std::size_t axis = 0; axis < 3; ++axis)
                centroid[axis] += a[axis] / static_cast<double>(pose.position_in_pocket.size());
            for (const auto& b : pocket.position_in_pocket)
                nearest = std::min(nearest,
                                   std::hypot(double{a[0]} - b[0], double{a[1]} - b[1], double{a[2]} - b[2]));
        }
        EXPECT_GT(nearest, 1.5) << pocket.id;
        EXPECT_LT(nearest, 4.5) << pocket.id;
        EXPECT_LT(std::hypot(centroid[0], centroid[1], centroid[2]), 0.01)
            << pocket.id << ": the origin is the centre of the reference's heavy atoms";
    }
}

TEST(BuildDataset, ReproducesTheHeavyAtomBarOnTheBenchmark) {
    if (!std::filesystem::exists(shared("fep16")))
        GTEST_SKIP() << "the shared data is not beside the project: " << shared("fep16");
    const testing::TemporaryFolder folder;
    datasets::SourceOptions source_options;
    source_options.folder = shared("fep16");
    const auto source = datasets::open_source("fep16", source_options);
    build_dataset(*source, options_for(folder / "out.h5"), silent_context());
    EXPECT_NEAR(mean_heavy_atom_spearman(folder / "out.h5", Split::test), 0.404, 0.0005);
}

TEST(BuildDataset, ReproducesTheHeavyAtomBarOnTheValidationAssays) {
    if (!std::filesystem::exists(shared("affinity")))
        GTEST_SKIP() << "the shared data is not beside the project: " << shared("affinity");
    const testing::TemporaryFolder folder;
    datasets::SourceOptions source_options;
    source_options.targets = {shared("affinity") / "targets.csv"};
    source_options.labels = {shared("affinity") / "labels.csv"};
    const auto source = datasets::open_source("tables", source_options);
    Rows rows;
    while (auto row = source->next())
        if (const auto* record = std::get_if<RawRecord>(&*row); record && record->split == "valid")
            rows.push_back(std::move(*row));
    build(std::move(rows), options_for(folder / "out.h5"));
    EXPECT_NEAR(mean_heavy_atom_spearman(folder / "out.h5", Split::valid), 0.313, 0.0005);
}

}  // namespace
}  // namespace keyway::workflows
