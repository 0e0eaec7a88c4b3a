/// The prefilter: an exact selection, a recall that is arithmetic, and a row for every record.
#include "keyway/workflows/prefilter.hpp"

#include "support/fake_network.hpp"
#include "support/synthetic.hpp"
#include "support/temporary_folder.hpp"
#include "workflows/select_ligands.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/random.hpp"
#include "keyway/core/table.hpp"
#include "keyway/store/dataset_file.hpp"
#include "keyway/store/vectors_file.hpp"
#include "keyway/workflows/encode_library.hpp"
#include "keyway/workflows/merge.hpp"
#include "keyway/workflows/screen.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace keyway::workflows {
namespace {

using keyway::testing::read_bytes;

TEST(Prefilter, SharesAreRoundedUpAndNeverNone) {
    EXPECT_EQ(parse_prefilter_share("1%").of(1000), 10u);
    EXPECT_EQ(parse_prefilter_share("1 %").of(1001), 11u);
    EXPECT_EQ(parse_prefilter_share("0.1%").of(100'000), 100u) << "no ligand more for rounding";
    EXPECT_EQ(parse_prefilter_share("1%").of(7), 1u);
    EXPECT_EQ(parse_prefilter_share("100%").of(7), 7u);
    EXPECT_EQ(parse_prefilter_share("5000").of(1000), 1000u);
    EXPECT_EQ(parse_prefilter_share("50").of(1000), 50u);
    for (const char* bad : {"", "%", "0", "0%", "-1%", "101%", "0.01", "1e3", "x", "5 ligands", "nan%"})
        EXPECT_THROW(parse_prefilter_share(bad), Error) << bad;
}

TEST(Prefilter, BestOfAgreesWithASortOfEverything) {
    Random random(3);
    for (const std::uint64_t count : {1u, 2u, 100u, 4999u, 5000u}) {
        std::vector<std::pair<int, std::uint64_t>> all;
        BestOf best(count);
        for (std::uint64_t i = 0; i < 5000; ++i) {
            const int dot = static_cast<int>(random.below(60)) - 30;  // many ties
            all.emplace_back(-dot, i);
            best.add(dot, i);
        }
        std::sort(all.begin(), all.end());
        std::vector<std::uint64_t> expected;
        for (std::uint64_t i = 0; i < count; ++i) expected.push_back(all[i].second);
        std::sort(expected.begin(), expected.end());
        EXPECT_EQ(best.indices(), expected) << count;
    }
}

TEST(Prefilter, DotProductsAreExactAtTheEndsOfTheRange) {
    const std::vector<std::int8_t> query(512, -127), vectors(1024, -127);
    EXPECT_EQ(dot_products(vectors, query), (std::vector<std::int32_t>{512 * 127 * 127, 512 * 127 * 127}));
}

TEST(Prefilter, QuantisedVectorsAreRoundedAndBrokenOnesAreZero) {
    const std::vector<float> vectors = {1, -1, 0.5f, 0.004f, NAN, 1};
    EXPECT_EQ(quantised(vectors, 2), (std::vector<std::int8_t>{127, -127, 64, 1, 0, 0}));
}

TEST(Prefilter, SamplesAreDifferentFixedAndSpreadOut) {
    const auto sample = random_sample(1'000'000, 1000, 5);
    EXPECT_EQ(std::set(sample.begin(), sample.end()).size(), 1000u);
    EXPECT_TRUE(std::is_sorted(sample.begin(), sample.end()));
    EXPECT_EQ(sample, random_sample(1'000'000, 1000, 5));
    EXPECT_NE(sample, random_sample(1'000'000, 1000, 6));
    double mean = 0;
    for (const auto index : sample) mean += static_cast<double>(index) / 1000;
    EXPECT_NEAR(mean, 500'000, 4 * 1'000'000 / std::sqrt(12.0 * 1000));
    EXPECT_EQ(random_sample(3, 1000, 1), (std::vector<std::uint64_t>{0, 1, 2}));
}

TEST(Prefilter, WilsonsIntervalIsThatOfTheBooks) {
    const auto [low, high] = wilson_interval(8, 10);
    EXPECT_NEAR(low, 0.4902, 1e-4);
    EXPECT_NEAR(high, 0.9433, 1e-4);
    EXPECT_NEAR(wilson_interval(0, 10).second, 0.2775, 1e-4);
    EXPECT_EQ(wilson_interval(0, 10).first, 0);
}

TEST(Prefilter, RecallCountsTheTopThatIsKept) {
    std::vector<float> pk;
    for (int i = 0; i < 4000; ++i) pk.push_back(static_cast<float>(i % 1000));  // 4 of the best value
    std::vector<bool> is_kept(4000, false);
    for (const int i : {999, 1999, 2999}) is_kept[static_cast<std::size_t>(i)] = true;
    is_kept[0] = true;  // kept for nothing
    const auto recall = recall_of(pk, is_kept, false);
    ASSERT_EQ(recall.size(), 2u);
    EXPECT_EQ(recall[0].of, 40u);
    EXPECT_EQ(recall[0].found, 3u);
    EXPECT_EQ(recall[1].top_percent, 0.1);
    EXPECT_EQ(recall[1].of, 4u);
    EXPECT_EQ(recall[1].found, 3u);
    EXPECT_LT(recall[1].low, 0.75);
    EXPECT_GT(recall[1].high, 0.75);
    EXPECT_EQ(recall_of(pk, is_kept, true)[1].low, 0.75) << "nothing is uncertain where all were scored";
    EXPECT_EQ(recall_of(std::span(pk).first(1000), is_kept, false).size(), 1u) << "0.1 % of 1000 is too few";
}

struct PrefilteredScreen : ::testing::Test {
    keyway::testing::TemporaryFolder folder;
    keyway::testing::FakeNetwork network;
    PocketGraph pocket = keyway::testing::random_pocket(1, 60);
    ScreenOptions options;

    PrefilteredScreen() {
        options.model = keyway::testing::write_fake_weights(folder / "weights.safetensors").string();
        options.ligands = {write_library(folder / "l.h5", 1000)};
        options.out = folder / "hits.tsv";
        options.threads = 2;
        options.batch_size = 7;
        options.chunk_records = 64;
        options.prefilter = parse_prefilter_share("5%");
    }

    /// 4 to 23 atoms, 50 of each size.
    static std::filesystem::path write_library(const std::filesystem::path& path, int count,
                                               const std::string& smiles_of_last = "C") {
        store::DatasetWriter writer(path, IfExists::overwrite, {});
        for (int i = 0; i < count; ++i) {
            LigandGraph ligand = keyway::testing::random_ligand(static_cast<std::uint64_t>(i), 4 + i % 20);
            ligand.id = "m" + std::to_string(i);
            ligand.smiles = i + 1 == count ? smiles_of_last : "C";
            writer.add(ligand);
        }
        writer.commit();
        return path;
    }
    ScreenSummary run() { return screen(pocket, options, network, silent_context()); }
    std::filesystem::path vectors() const { return folder / "l.fake.vectors.h5"; }
};

TEST_F(PrefilteredScreen, EveryRecordIsScoredOrSkippedAndTheBestAreScored) {
    const auto summary = run();
    EXPECT_EQ(summary.read, 1000u);
    EXPECT_EQ(summary.ok, 50u);
    EXPECT_EQ(summary.skipped, 950u);
    EXPECT_EQ(summary.rejected, 0u);
    EXPECT_TRUE(summary.rejected_by_reason.empty());
    EXPECT_EQ(summary.rows_written, 1000u);
    TableReader table(options.out);
    for (int row = 0; table.next(); ++row) {
        EXPECT_EQ(table["status"], row < 50 ? "ok" : "skipped");
        EXPECT_EQ(table["reason"], row < 50 ? "" : "PREFILTER");
        if (row < 50) EXPECT_EQ(table["heavy_atoms"], "23") << "larger ones have higher dot products";
    }
    ASSERT_TRUE(summary.prefilter);
    EXPECT_EQ(summary.prefilter->kept, 50u);
    EXPECT_EQ(summary.prefilter->sample, 1000u);
    ASSERT_EQ(summary.prefilter->recall.size(), 1u);
    EXPECT_EQ(summary.prefilter->recall[0].value(), 1) << "the fake vectors order as the fake scores do";
}

TEST_F(PrefilteredScreen, TopWritesScoredRowsOnly) {
    options.top = 20;
    const auto summary = run();
    EXPECT_EQ(summary.rows_written, 20u);
    EXPECT_EQ(summary.read, summary.ok + summary.rejected + summary.skipped);
}

TEST_F(PrefilteredScreen, ThreadsShardsAndAStopGiveTheSameBytes) {
    for (const RowOrder order : {RowOrder::ranked, RowOrder::input}) {
        options.order = order;
        options.out = folder / (order == RowOrder::ranked ? "a.tsv" : "b.tsv");
        run();
        const std::string expected = read_bytes(options.out);
        close_run_folder(options);
        const std::string first_vectors = read_bytes(vectors());

        std::filesystem::remove(vectors());
        options.out = folder / "other.tsv";
        options.if_exists = IfExists::overwrite;
        options.threads = 1;
        run();
        EXPECT_EQ(read_bytes(options.out), expected);
        EXPECT_EQ(read_bytes(vectors()), first_vectors);
        close_run_folder(options);

        ScreenOptions shards = options;
        shards.work_dir = folder / (order == RowOrder::ranked ? "parts-a" : "parts-b");
        shards.out = "-";
        shards.shard = Shard{2, 2};
        const auto second = screen(pocket, shards, network, silent_context());
        EXPECT_TRUE(second.prefilter->recall.empty()) << "measured by the first shard";
        shards.shard = Shard{1, 2};
        EXPECT_FALSE(screen(pocket, shards, network, silent_context()).prefilter->recall.empty());
        EXPECT_TRUE(run_status(shards.work_dir).has_prefilter);
        ScreenOptions merged;
        merged.out = options.out;
        merged.order = order;
        merged.if_exists = IfExists::overwrite;
        const auto summary = merge(shards.work_dir, merged, IfIncomplete::refuse);
        EXPECT_EQ(summary.skipped, 950u);
        EXPECT_EQ(read_bytes(options.out), expected);

        StopFlag stop{false};
        struct StopInScreen : Progress {
            explicit StopInScreen(StopFlag& flag) : stop(flag) {}
            void start(std::string_view label, std::string_view, std::optional<std::uint64_t>) override {
                is_screening = label == "screening";
            }
            void update(std::uint64_t done, std::string_view) override {
                if (is_screening && done >= 200) stop = true;
            }
            void finish() override {}
            StopFlag& stop;
            bool is_screening = false;
        } progress(stop);
        options.out = folder / (order == RowOrder::ranked ? "resumed-a.tsv" : "resumed-b.tsv");
        options.if_exists = IfExists::refuse;
        const Context quiet = silent_context();
        EXPECT_TRUE(screen(pocket, options, network, {quiet.log, progress, stop}).interrupted);
        EXPECT_GT(run().resumed_chunks, 0u);
        EXPECT_EQ(read_bytes(options.out), expected);
        close_run_folder(options);
    }
}

TEST_F(PrefilteredScreen, AnotherShareIsAnotherRun) {
    options.work_dir = folder / "parts";
    options.keep_parts = true;
    options.shard = Shard{1, 2};
    run();
    options.prefilter = parse_prefilter_share("6%");
    EXPECT_THROW(run(), Error);
}

TEST_F(PrefilteredScreen, VectorsOfAnotherLibraryAreMadeAnewOrRefused) {
    run();
    close_run_folder(options);
    const auto before = store::VectorsReader(vectors()).passport();
    write_library(options.ligands[0], 900);
    options.if_exists = IfExists::overwrite;
    const auto summary = run();
    EXPECT_TRUE(summary.prefilter->made_vectors);
    EXPECT_EQ(summary.prefilter->ligands, 900u);
    EXPECT_NE(store::VectorsReader(vectors()).passport().library_sha256, before.library_sha256);
    close_run_folder(options);
    EXPECT_FALSE(run().prefilter->made_vectors) << "now they fit";
    close_run_folder(options);

    options.vectors = folder / "named.h5";
    std::filesystem::copy_file(vectors(), options.vectors);
    write_library(options.ligands[0], 800);
    EXPECT_THROW(run(), Error);
    std::filesystem::remove(options.vectors);
    folder.write("named.h5", "no vectors");
    EXPECT_THROW(run(), Error);
}

TEST_F(PrefilteredScreen, VectorsOfOtherWeightsAreRefused) {
    store::VectorsPassport passport;
    passport.library_sha256 = store::DatasetReader(options.ligands[0]).passport().content_sha256;
    passport.weights_sha256 = "others";
    passport.width = 2;
    options.vectors = folder / "named.h5";
    store::VectorsWriter writer(options.vectors, IfExists::refuse, passport);
    writer.append(std::vector<std::int8_t>(2000));
    writer.commit();
    EXPECT_THROW(run(), Error);
}

/// Fails on one molecule, as the real one may.
class FailingPredictor final : public model::Predictor {
public:
    explicit FailingPredictor(std::unique_ptr<model::Predictor> inner) : inner_(std::move(inner)) {}
    const model::Passport& passport() const override { return inner_->passport(); }
    std::shared_ptr<const model::EncodedPocket> encode(const PocketGraph& pocket,
                                                       model::PocketUse use) const override {
        return inner_->encode(pocket, use);
    }
    std::vector<model::Prediction> predict(const model::EncodedPocket& pocket,
                                           std::span<const LigandGraph> ligands) const override {
        return inner_->predict(pocket, ligands);
    }
    std::vector<float> retrieval_vectors(std::span<const LigandGraph> ligands) const override {
        for (const auto& ligand : ligands)
            if (ligand.smiles == keyway::testing::kThrowingSmiles) throw std::runtime_error("fake failure");
        return inner_->retrieval_vectors(ligands);
    }
    model::Explanation explain(const model::EncodedPocket& pocket, const LigandGraph& ligand) const override {
        return inner_->explain(pocket, ligand);
    }

private:
    std::unique_ptr<model::Predictor> inner_;
};

TEST_F(PrefilteredScreen, ALigandWithoutAVectorIsNotLeftOutInSilence) {
    options.ligands = {write_library(folder / "l.h5", 1000, keyway::testing::kThrowingSmiles)};
    const FailingPredictor predictor(network.load(options.model, "cpu", model::Precision::fp32));
    const auto encoded =
        encode_library({options.ligands[0], {}, IfExists::refuse, 2}, predictor, silent_context());
    EXPECT_EQ(encoded.without_vector, 1u);
    const auto summary = run();
    EXPECT_EQ(summary.prefilter->kept, 51u);
    EXPECT_EQ(summary.rejected, 1u);
    EXPECT_EQ(summary.rejected_by_reason.at("SCORE_FAILED"), 1u);
    EXPECT_EQ(summary.ok + summary.skipped, 999u);
}

TEST_F(PrefilteredScreen, WhatDoesNotFitTogetherIsRefused) {
    options.ensemble = {options.model};
    EXPECT_THROW(run(), Error);
    options.ensemble.clear();
    const std::vector<ScreenReceptor> receptors = {{"first", pocket}, {"second", pocket}};
    EXPECT_THROW(screen(receptors, options, network, silent_context()), Error);
    options.ligands = {folder.write("l.smi", "C\n")};
    EXPECT_THROW(run(), Error);
    EXPECT_FALSE(std::filesystem::exists(vectors()));
}

TEST_F(PrefilteredScreen, VectorsAreNotReplacedUnaskedNorLeftHalfMade) {
    const auto predictor = network.load(options.model, "cpu", model::Precision::fp32);
    const EncodeLibraryOptions encode{options.ligands[0], {}, IfExists::refuse, 2};
    EXPECT_EQ(encode_library(encode, *predictor, silent_context()).ligands, 1000u);
    EXPECT_THROW(encode_library(encode, *predictor, silent_context()), Error);
    std::filesystem::remove(vectors());
    const Context quiet = silent_context();
    const StopFlag stop{true};
    EXPECT_THROW(encode_library(encode, *predictor, {quiet.log, quiet.progress, stop}), Error);
    EXPECT_FALSE(std::filesystem::exists(vectors()));
}

}  // namespace
}  // namespace keyway::workflows
