/// The applicability domain in every row: what is nearest, what is inside, and what happens without a file.
#include "keyway/workflows/training_domain.hpp"

#include "support/fake_network.hpp"
#include "support/synthetic.hpp"
#include "support/temporary_folder.hpp"
#include "workflows/learning_fixtures.hpp"
#include "workflows/pocket_counts.hpp"
#include "workflows/write_training_domain.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/table.hpp"
#include "keyway/store/domain_file.hpp"
#include "keyway/workflows/encode_library.hpp"
#include "keyway/workflows/merge.hpp"
#include "keyway/workflows/screen.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace keyway::workflows {
namespace {

using keyway::testing::random_ligand;
using keyway::testing::random_pocket;
using keyway::testing::read_bytes;
namespace fs = std::filesystem;

struct Domain : ::testing::Test {
    keyway::testing::TemporaryFolder folder;
    keyway::testing::FakeNetwork network;
    fs::path weights = keyway::testing::write_fake_weights(folder / "weights.safetensors");
    PocketGraph pocket = random_pocket(1, 60);
    ScreenOptions options;
    store::DomainFile file;  ///< of the training ligands 0 to 49; pocket 1 and another one

    Domain() {
        for (int i = 0; i < 50; ++i) {
            const auto ligand = random_ligand(static_cast<std::uint64_t>(i), 4 + i % 20);
            file.ligands.push_back({"train" + std::to_string(i), ligand.fingerprint});
        }
        for (const std::uint64_t seed : {2u, 1u})
            file.pockets.push_back(
                {"pocket " + std::to_string(seed), pocket_counts(random_pocket(seed, 60))});
        file.ligand_threshold = 0.5;
        file.pocket_threshold = 0.4;
        options.model = weights.string();
        options.threads = 2;
        options.batch_size = 7;
        options.ligands = {write_library(100)};
    }

    /// Ligands 0 to 49 are those of the training set.
    fs::path write_library(int count) const {
        const auto path = folder / "library.h5";
        store::DatasetWriter writer(path, IfExists::overwrite, {});
        for (int i = 0; i < count; ++i) {
            LigandGraph ligand = random_ligand(static_cast<std::uint64_t>(i), 4 + i % 20);
            ligand.id = "m" + std::to_string(i);
            ligand.smiles = i == 5 ? keyway::testing::kNanSmiles : "C";
            writer.add(ligand);
        }
        writer.commit();
        return path;
    }

    void write_domain() const { store::write_domain_file(folder / "domain.h5", IfExists::overwrite, file); }

    std::string run(const std::string& name) {
        options.out = folder / name;
        const auto summary = screen(pocket, options, network, silent_context());
        EXPECT_EQ(summary.rows_written, 100u);
        return read_bytes(options.out);
    }
};

TEST_F(Domain, EveryRowSaysWhatIsNearestAndWhetherItIsInside) {
    write_domain();
    run("hits.tsv");
    TableReader table(folder / "hits.tsv");
    int rows = 0, inside = 0;
    while (table.next()) {
        ++rows;
        const int number = std::stoi(std::string(table["id"]).substr(1));
        if (table["status"] != "ok") {
            EXPECT_EQ(number, 5);
            EXPECT_EQ(table["in_domain"], "") << "a rejected row has no place";
            EXPECT_EQ(table["nearest_train_similarity"], "");
            continue;
        }
        const double similarity = std::stod(std::string(table["nearest_train_similarity"]));
        EXPECT_EQ(table["nearest_train_pocket"], "pocket 1");
        EXPECT_EQ(table["nearest_train_pocket_similarity"], "1.000");
        const auto fingerprint =
            random_ligand(static_cast<std::uint64_t>(number), 4 + number % 20).fingerprint;
        double expected = 0;
        std::string name;
        for (const auto& ligand : file.ligands)
            if (const double s = tanimoto(ligand.fingerprint, fingerprint); s > expected) {
                expected = s;
                name = ligand.id;
            }
        EXPECT_NEAR(similarity, expected, 0.0006);
        EXPECT_EQ(table["nearest_train_ligand"], name);
        EXPECT_EQ(table["in_domain"], expected >= 0.5 ? "true" : "false");
        inside += expected >= 0.5;
    }
    EXPECT_EQ(rows, 100);
    EXPECT_GT(inside, 40);
    EXPECT_LT(inside, 99);
}

TEST_F(Domain, TheThresholdItselfIsInsideAndAForeignPocketIsNot) {
    write_domain();
    const TrainingDomain::Model model{weights, model::read_passport(weights)};
    const TrainingDomain domain({&model, 1});
    EXPECT_EQ(domain.note(), "");
    EXPECT_EQ(domain.place({0.5, "x"}, {0.4, "y"}).is_inside, true);
    EXPECT_EQ(domain.place({0.4999, "x"}, {0.4, "y"}).is_inside, false);
    EXPECT_EQ(domain.place({0.5, "x"}, {0.3999, "y"}).is_inside, false);
    EXPECT_NE(describe_pocket_place(domain, {0.3, "y"}).find("outside"), std::string::npos);
}

TEST_F(Domain, WithoutThresholdsTheNearestAreThereButNoVerdict) {
    file.ligand_threshold = std::nan("");
    write_domain();
    const TrainingDomain::Model model{weights, model::read_passport(weights)};
    const TrainingDomain domain({&model, 1});
    EXPECT_FALSE(domain.place({0.9, "x"}, {0.9, "y"}).is_inside);
    EXPECT_EQ(domain.nearest(pocket).name, "pocket 1");
}

TEST_F(Domain, AResumedOrShardedRunHasTheSameRows) {
    write_domain();
    options.chunk_records = 10;
    const std::string whole = run("whole.tsv");
    for (const std::uint64_t number : {1u, 2u, 3u}) {
        ScreenOptions shard = options;
        shard.out = folder / "sharded.tsv";
        shard.shard = Shard{number, 3};
        screen(pocket, shard, network, silent_context());
    }
    ScreenOptions merged;
    merged.out = folder / "merged.tsv";
    merge(folder / "sharded.tsv.parts", merged, IfIncomplete::refuse);
    EXPECT_EQ(read_bytes(merged.out), whole);

    ScreenOptions resumed = options;  // what the shards left is gone on with
    resumed.out = folder / "sharded.tsv";
    EXPECT_GT(screen(pocket, resumed, network, silent_context()).resumed_chunks, 0u);
    EXPECT_EQ(read_bytes(resumed.out), whole);

    options.batch_size = 64;
    options.threads = 1;
    EXPECT_EQ(run("other.tsv"), whole);
}

TEST_F(Domain, ChunksOfAnotherDomainAreNotGoneOnWith) {
    write_domain();
    options.out = folder / "hits.tsv";
    options.keep_parts = true;
    options.shard = Shard{1, 2};
    options.chunk_records = 10;
    screen(pocket, options, network, silent_context());
    file.ligand_threshold = 0.6;
    write_domain();
    EXPECT_THROW(screen(pocket, options, network, silent_context()), Error);
}

TEST_F(Domain, JsonLinesHaveAnswersOfTheirOwnKindAndHdf5HasTheColumns) {
    write_domain();
    std::istringstream lines(run("hits.jsonl"));
    std::set<std::string> kinds;
    for (std::string line; std::getline(lines, line);) {
        const auto row = nlohmann::json::parse(line);
        kinds.insert(row.at("in_domain").type_name());
        if (row.at("status") == "ok") {
            EXPECT_TRUE(row.at("nearest_train_similarity").is_number());
            EXPECT_TRUE(row.at("nearest_train_pocket").is_string());
        }
    }
    EXPECT_EQ(kinds, (std::set<std::string>{"boolean", "null"}));
    const std::string table = run("hits.h5");
    for (const char* column : {"in_domain", "nearest_train_similarity", "nearest_train_pocket_similarity"})
        EXPECT_NE(table.find(column), std::string::npos) << column;
}

constexpr const char* kColumnNames[] = {"in_domain", "nearest_train_similarity", "nearest_train_ligand",
                                        "nearest_train_pocket_similarity", "nearest_train_pocket"};

TEST_F(Domain, CsvAndSdfHaveTheValuesOfTheTable) {
    write_domain();
    run("hits.tsv");
    run("hits.csv");
    std::istringstream sdf(run("hits.sdf"));
    TableReader tsv(folder / "hits.tsv"), csv(folder / "hits.csv");
    int rows = 0;
    while (tsv.next()) {
        ASSERT_TRUE(csv.next());
        std::map<std::string, std::string> fields;  // of the next SDF record
        for (std::string line; std::getline(sdf, line) && line != "$$$$";)
            if (line.starts_with(">  <")) std::getline(sdf, fields[line.substr(4, line.find('>', 1) - 4)]);
        for (const char* column : kColumnNames) {
            EXPECT_EQ(csv[column], tsv[column]) << column << ' ' << rows;
            EXPECT_EQ(fields[column], tsv[column]) << column << ' ' << rows;
        }
        ++rows;
    }
    EXPECT_EQ(rows, 100);
}

TEST_F(Domain, OfAPrefilteredRunTheScoredRowsHaveAPlaceAndTheSkippedHaveNone) {
    write_domain();
    run("all.tsv");
    std::map<std::string, std::string> place_of;
    for (TableReader all(folder / "all.tsv"); all.next();)
        place_of.emplace(all["id"], all["nearest_train_ligand"]);
    EncodeLibraryOptions encode;
    encode.library = options.ligands.front();
    encode_library(encode, *network.load(weights, "cpu", model::Precision::fp32), silent_context());
    options.prefilter = parse_prefilter_share("20%");
    run("some.tsv");
    TableReader some(folder / "some.tsv");
    int scored = 0, skipped = 0;
    while (some.next()) {
        const bool is_ok = some["status"] == "ok";
        scored += is_ok;
        skipped += some["status"] == "skipped";
        for (const char* column : kColumnNames) EXPECT_EQ(some[column].empty(), !is_ok) << column;
        if (is_ok) {
            EXPECT_EQ(some["nearest_train_ligand"], place_of.at(std::string(some["id"])));
        }
    }
    EXPECT_GE(scored, 19);
    EXPECT_EQ(skipped, 80);
}

TEST_F(Domain, WithoutAFileTheColumnsAreEmptyAndANoteSaysWhy) {
    testing::RecordingLog log;
    const Context quiet = silent_context();
    options.out = folder / "hits.tsv";
    screen(pocket, options, network, {log, quiet.progress, quiet.stop});
    EXPECT_TRUE(log.has(LogLevel::info, "has no domain.h5 beside it"));
    TableReader table(options.out);
    while (table.next())
        for (const char* column : kColumnNames) ASSERT_EQ(table[column], "");
}

TEST_F(Domain, AFileOfOtherTrainingDataIsNotBelievedAndADamagedOneRefused) {
    file.training_data_sha256 = "other";
    write_domain();
    const TrainingDomain::Model model{weights, model::read_passport(weights)};
    EXPECT_NE(TrainingDomain({&model, 1}).note().find("other training data"), std::string::npos);
    std::ofstream(folder / "domain.h5") << "nothing";
    try {
        TrainingDomain({&model, 1});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::incompatible);
        EXPECT_NE(std::string(error.what()).find("domain.h5"), std::string::npos);
        EXPECT_NE(error.hint().find("--calibrate"), std::string::npos);
    }
}

TEST_F(Domain, AnEnsembleIsAsStrictAsItsNarrowestMember) {
    write_domain();
    fs::create_directory(folder / "other");
    const auto second = keyway::testing::write_fake_weights(folder / "other" / "weights.safetensors");
    store::DomainFile narrow = file;
    narrow.ligands.resize(1);
    narrow.ligand_threshold = 0.7;
    store::write_domain_file(folder / "other" / "domain.h5", IfExists::refuse, narrow);
    const TrainingDomain::Model models[] = {{weights, model::read_passport(weights)},
                                            {second, model::read_passport(second)}};
    const TrainingDomain both(models);
    EXPECT_EQ(both.nearest(random_ligand(0, 4)).similarity, 1);
    const auto far = random_ligand(20, 4);
    EXPECT_EQ(both.nearest(far).similarity, tanimoto(far.fingerprint, narrow.ligands[0].fingerprint));
    EXPECT_EQ(both.place({0.6, "x"}, {0.9, "y"}).is_inside, false);
}

/// Clusters A to D of ten ligands each; a ligand shares `shared` of 20 bits with the other clusters.
std::vector<testing::RowSpec> clustered_rows(int shared) {
    std::vector<testing::RowSpec> rows;
    for (int cluster = 0; cluster < 4; ++cluster)
        for (int i = 0; i < 10; ++i) {
            testing::RowSpec row;
            row.cluster = std::string(1, static_cast<char>('A' + cluster));
            row.pocket = "P" + row.cluster;
            row.atoms = 10 + 10 * cluster + i;
            for (int bit = 0; bit < 20; ++bit)
                row.fingerprint.push_back(
                    static_cast<std::uint16_t>(bit < shared ? bit : 100 + 20 * (10 * cluster + i) + bit));
            rows.push_back(row);
        }
    return rows;
}

TEST_F(Domain, TheThresholdComesFromSimilaritiesBetweenClusters) {
    testing::write_dataset(folder / "data.h5", clustered_rows(10));
    testing::RecordingLog log;
    LabelledData data({folder / "data.h5"}, log);
    const auto domain = training_domain_of(data);
    EXPECT_EQ(domain.ligands.size(), 40u);
    EXPECT_EQ(domain.pockets.size(), 4u);
    EXPECT_NEAR(domain.ligand_threshold, 10.0 / 30.0, 2e-4) << "10 of 30 bits are shared between clusters";
    EXPECT_EQ(domain.training_data_sha256, data.content_sha256());

    auto two = clustered_rows(10);
    for (auto& row : two) row.cluster = row.cluster < "C" ? "A" : "B";
    testing::write_dataset(folder / "two.h5", two);
    LabelledData few({folder / "two.h5"}, log);
    EXPECT_TRUE(std::isnan(training_domain_of(few).ligand_threshold)) << "two clusters say nothing";
}

}  // namespace
}  // namespace keyway::workflows
