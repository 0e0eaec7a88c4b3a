/// The screening workflow without the program: accounting, order, what happens on a stop.
#include "keyway/workflows/screen.hpp"

#include "support/fake_network.hpp"
#include "support/synthetic.hpp"
#include "support/temporary_folder.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/table.hpp"
#include "keyway/store/dataset_file.hpp"
#include "keyway/workflows/merge.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace keyway::workflows {
namespace {

using keyway::testing::read_bytes;

/// A library of `count` random ligands of 4 to 23 atoms as HDF5: needs no chemistry.
std::filesystem::path write_library(const std::filesystem::path& path, int count) {
    store::DatasetWriter writer(path, IfExists::overwrite, {});
    for (int i = 0; i < count; ++i) {
        LigandGraph ligand = keyway::testing::random_ligand(static_cast<std::uint64_t>(i), 4 + i % 20);
        ligand.id = "m" + std::to_string(i);
        ligand.smiles = "C";  // not looked at
        writer.add(ligand);
    }
    writer.commit();
    return path;
}

struct Screen : ::testing::Test {
    keyway::testing::TemporaryFolder folder;
    keyway::testing::FakeNetwork network;
    PocketGraph pocket = keyway::testing::random_pocket(1, 60);
    ScreenOptions options;

    Screen() {
        options.model = keyway::testing::write_fake_weights(folder / "weights.safetensors").string();
        options.out = folder / "hits.tsv";
        options.threads = 2;
        options.batch_size = 7;
    }

    ScreenSummary run() { return screen(pocket, options, network, silent_context()); }
    std::size_t lines(const std::filesystem::path& path) const {
        const std::string text = read_bytes(path);
        return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    }
};

TEST_F(Screen, AnHdf5LibraryGivesOneRowForEachLigand) {
    options.ligands = {write_library(folder / "l.h5", 100)};
    const ScreenSummary summary = run();
    EXPECT_EQ(summary.read, 100u);
    EXPECT_EQ(summary.ok, 100u);
    EXPECT_EQ(summary.rows_written, 100u);
    EXPECT_EQ(lines(options.out), 101u);
    EXPECT_FALSE(std::filesystem::exists(incomplete_name(options.out)));
}

TEST_F(Screen, RowsAreInATotalOrderWithTiesByRecord) {
    options.ligands = {write_library(folder / "l.h5", 100)};
    options.columns = {"record"};
    run();
    TableReader table(options.out);
    double last_pk = 1e9;
    int last_record = -1;
    while (table.next()) {
        const double pk = std::stod(std::string(table["pk_pred"]));
        const int record = std::stoi(std::string(table["record"]));
        EXPECT_TRUE(pk < last_pk || (pk == last_pk && record > last_record)) << "record " << record;
        last_pk = pk;
        last_record = record;
    }
}

/// Asks for a stop when 50 records are done.
struct StopAt : Progress {
    void start(std::string_view, std::string_view, std::optional<std::uint64_t>) override {}
    void update(std::uint64_t done, std::string_view) override {
        if (done >= 50) flag = true;
    }
    void finish() override {}
    StopFlag flag{false};
};

TEST_F(Screen, AStoppedRunGoesOnToTheSameBytes) {
    options.ligands = {write_library(folder / "l.h5", 2000)};
    options.chunk_records = 20;
    ScreenOptions whole = options;
    whole.out = folder / "whole.tsv";
    screen(pocket, whole, network, silent_context());
    for (const RowOrder order : {RowOrder::ranked, RowOrder::input}) {
        options.order = whole.order = order;
        whole.if_exists = IfExists::overwrite;
        screen(pocket, whole, network, silent_context());
        options.out = folder / (order == RowOrder::ranked ? "ranked.tsv" : "input.tsv");
        StopAt progress;
        const Context quiet = silent_context();
        const ScreenSummary stopped = screen(pocket, options, network, {quiet.log, progress, progress.flag});
        EXPECT_TRUE(stopped.interrupted);
        EXPECT_GE(stopped.read, 50u);
        EXPECT_LT(stopped.read, 2000u);
        EXPECT_FALSE(std::filesystem::exists(options.out));
        ASSERT_TRUE(is_run_under_way(options));
        const ScreenSummary finished = run();
        EXPECT_GE(finished.resumed_chunks, 2u);
        EXPECT_EQ(finished.read, 2000u) << "the counts are of the whole table";
        EXPECT_LT(finished.scored_now, 2000u);
        EXPECT_EQ(read_bytes(options.out), read_bytes(whole.out));
        close_run_folder(options);
        EXPECT_FALSE(std::filesystem::exists(options.out.string() + ".parts"));
    }
}

TEST_F(Screen, AStoppedMergeMakesNoTableAndTheNextOneDoes) {
    options.ligands = {write_library(folder / "l.h5", 100)};
    options.work_dir = folder / "run";
    options.shard = Shard{1, 1};
    run();
    for (const RowOrder order : {RowOrder::ranked, RowOrder::input}) {
        ScreenOptions table;
        table.out = folder / "merged.tsv";
        table.order = order;
        table.if_exists = IfExists::overwrite;
        StopFlag stop{true};
        try {
            merge(folder / "run", table, IfIncomplete::refuse, &stop);
            FAIL();
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::interrupted);
        }
        EXPECT_FALSE(std::filesystem::exists(table.out));
        stop = false;
        EXPECT_EQ(merge(folder / "run", table, IfIncomplete::refuse, &stop).rows_written, 100u);
        EXPECT_EQ(lines(table.out), 101u);
        std::filesystem::remove(table.out);
    }
}

TEST_F(Screen, SeveralReceptorsGiveOneRowForEachOrAMatrix) {
    options.ligands = {write_library(folder / "l.h5", 30)};
    const std::vector<ScreenReceptor> receptors = {{"first", pocket},
                                                   {"second", keyway::testing::random_pocket(2, 40)}};
    const auto summary = screen(receptors, options, network, silent_context());
    EXPECT_EQ(summary.read, 60u);
    TableReader table(options.out);
    std::vector<std::string> names, ranks;
    while (table.next()) {
        names.emplace_back(table["receptor"]);
        ranks.emplace_back(table["rank"]);
    }
    ASSERT_EQ(names.size(), 60u);
    EXPECT_EQ(std::count(names.begin(), names.begin() + 30, "first"), 30);
    EXPECT_EQ(ranks[0], "1");
    EXPECT_EQ(ranks[30], "1") << "ranks are of one receptor";
    close_run_folder(options);

    options.out = folder / "matrix.tsv";
    options.shape = RowShape::matrix;
    EXPECT_EQ(screen(receptors, options, network, silent_context()).read, 30u);
    TableReader matrix(options.out);
    ASSERT_TRUE(matrix.next());
    EXPECT_EQ(matrix["pk_pred:first"], matrix["pk_pred"]);
    EXPECT_EQ(matrix["pk_pred:second"], matrix["pk_pred"]) << "the fake network does not see the pocket";
    EXPECT_EQ(matrix["selectivity_pk"], "0.0000");
}

TEST_F(Screen, TopKeepsTheBestOfEachReceptor) {
    options.ligands = {write_library(folder / "l.h5", 100)};
    options.top = 3;
    const std::vector<ScreenReceptor> receptors = {{"first", pocket}, {"second", pocket}};
    EXPECT_EQ(screen(receptors, options, network, silent_context()).rows_written, 6u);
}

TEST_F(Screen, AnEnsembleStatesItsSpread) {
    options.ligands = {write_library(folder / "l.h5", 5)};
    options.ensemble = {options.model};
    run();
    TableReader table(options.out);
    ASSERT_TRUE(table.next());
    EXPECT_EQ(table["pk_sd_models"], "0.000");
    EXPECT_EQ(table["pk_sd"], "0.500");
}

TEST_F(Screen, AnEmptyLibraryIsAnErrorAndLeavesNoFile) {
    options.ligands = {write_library(folder / "l.h5", 0)};
    EXPECT_THROW(run(), Error);
    EXPECT_FALSE(std::filesystem::exists(options.out));
    EXPECT_FALSE(std::filesystem::exists(part_path(incomplete_name(options.out))));
    EXPECT_FALSE(std::filesystem::exists(options.out.string() + ".parts"));
}

TEST_F(Screen, CompressedOutputIsWhatItSays) {
    options.ligands = {write_library(folder / "l.h5", 10)};
    options.out = folder / "hits.csv.gz";
    run();
    EXPECT_EQ(read_bytes(options.out).substr(0, 2), "\x1f\x8b");
    EXPECT_EQ(read_text_file(options.out).substr(0, 14), "id,input_line,");
}

TEST(ScreenOptions, IncompleteNamesKeepTheirEndings) {
    EXPECT_EQ(incomplete_name("a/hits.tsv"), "a/hits.incomplete.tsv");
    EXPECT_EQ(incomplete_name("hits.tsv.gz"), "hits.incomplete.tsv.gz");
    EXPECT_EQ(incomplete_name("hits"), "hits.incomplete");
}

TEST(ScreenOptions, AreCheckedBeforeAnythingIsRead) {
    ScreenOptions good;
    good.ligands = {"l.smi"};
    EXPECT_NO_THROW(good.check());
    const auto broken = [&](auto change) {
        ScreenOptions options = good;
        change(options);
        EXPECT_THROW(options.check(), Error);
    };
    broken([](ScreenOptions& o) { o.ligands.clear(); });
    broken([](ScreenOptions& o) { o.ligands = {"-", "-"}; });
    broken([](ScreenOptions& o) { o.threads = -1; });
    broken([](ScreenOptions& o) { o.batch_size = 0; });
    broken([](ScreenOptions& o) { o.order = RowOrder::input, o.top = 1; });
    broken([](ScreenOptions& o) { o.columns = {"no_such_column"}; });
    broken([](ScreenOptions& o) { o.order = RowOrder::input, o.columns = {"rank"}; });
}

}  // namespace
}  // namespace keyway::workflows
