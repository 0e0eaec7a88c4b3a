/// `keyway inspect` on each sort of file.
#include "apps/program_fixtures.hpp"
#include "apps/run_program.hpp"

#include "keyway/model/network.hpp"
#include "keyway/store/domain_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;

TEST(InspectProgram, DescribesAWeightsFile) {
    const TemporaryFolder folder;
    const auto result = run_program({"inspect", write_fake_weights(folder / "w.safetensors").string()});
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("fake"));
    EXPECT_THAT(result.out, HasSubstr("pK = -log10"));
    EXPECT_THAT(result.out, HasSubstr("pocket_layers"));
}

TEST(InspectProgram, DescribesTheTrainingDomainBesideTheWeights) {
    const TemporaryFolder folder;
    const auto weights = write_fake_weights(folder / "weights.safetensors").string();
    EXPECT_THAT(run_program({"inspect", weights}).out, ContainsRegex("training domain\n    file +none"));

    store::DomainFile domain;
    domain.training_data_sha256 = model::read_passport(weights).training_data_sha256;
    domain.ligand_threshold = 0.4;
    domain.ligands = {{"first", {1, 2}}, {"second", {2, 3}}, {"third", {5}}};
    domain.pockets = {{"pocket", {{7, 1}}}, {"other", {{8, 2}}}};
    store::write_domain_file(folder / "domain.h5", IfExists::refuse, domain);
    const auto own = run_program({"inspect", weights});
    EXPECT_EQ(own.code, 0) << own.err;
    EXPECT_THAT(own.out,
                ContainsRegex("ligands +3, .*Morgan, radius 2, 2048 bits; inside from similarity 0.4000"));
    EXPECT_THAT(own.out, ContainsRegex("pockets +2, counted residue pairs; no threshold"));
    EXPECT_THAT(own.out, ContainsRegex("belongs to +these weights"));
    EXPECT_THAT(own.out, HasSubstr(store::read_domain_file(folder / "domain.h5").content_sha256));

    domain.training_data_sha256 = "another";
    store::write_domain_file(folder / "domain.h5", IfExists::overwrite, domain);
    EXPECT_THAT(run_program({"inspect", weights}).out, ContainsRegex("belongs to +other training data"));

    folder.write("domain.h5", "nothing");
    const auto damaged = run_program({"inspect", weights});
    EXPECT_EQ(damaged.code, 4);
    EXPECT_THAT(damaged.err, HasSubstr("domain.h5"));
}

TEST(InspectProgram, ADamagedOrForeignWeightsFileIsExitCode4) {
    const TemporaryFolder folder;
    const auto path = write_fake_weights(folder / "w.safetensors");
    std::string bytes = read_bytes(path);
    bytes[bytes.size() - 2] ^= 1;
    EXPECT_EQ(run_program({"inspect", folder.write("flipped.safetensors", bytes).string()}).code, 4);
    write_fake_weights(folder / "old.safetensors", {}, kFeatureVersion + 1);
    const auto old = run_program({"inspect", (folder / "old.safetensors").string()});
    EXPECT_EQ(old.code, 4);
    EXPECT_THAT(old.err, HasSubstr("feature version"));
}

TEST(InspectProgram, SummarisesATableOfResults) {
    const TemporaryFolder folder;
    const auto path = folder.write("hits.tsv",
                                   "id\tinput_line\tstatus\treason\tpk_pred\nbest\t2\tok\t\t7.5\n"
                                   "other\t1\tok\t\t6.5\nbad\t3\trejected\tVALENCE\t\n");
    const auto result = run_program({"inspect", path.string()});
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("3 rows, 2 ok, 1 rejected"));
    EXPECT_THAT(result.out, HasSubstr("6.50 to 7.50"));
    EXPECT_THAT(result.out, HasSubstr("ranked, tightest first: best"));
    EXPECT_THAT(result.out, HasSubstr("VALENCE"));
}

TEST(InspectProgram, SaysWhichFilesItKnows) {
    const TemporaryFolder folder;
    const auto foreign = run_program({"inspect", folder.write("x.csv", "a,b\n1,2\n").string()});
    EXPECT_EQ(foreign.code, 3);
    EXPECT_THAT(foreign.err, HasSubstr("none of keyway's files"));
    EXPECT_EQ(run_program({"inspect", folder.path().string()}).code, 3);
    write_fake_weights(folder / "weights.safetensors");
    EXPECT_THAT(run_program({"inspect", folder.path().string()}).out, HasSubstr("fake"))
        << "a folder of train";
    EXPECT_EQ(run_program({"inspect", "no-such-model"}).code, 2);
    EXPECT_EQ(run_program({"inspect"}).code, 2);
}

}  // namespace
}  // namespace keyway::testing
