/// `keyway inspect` on each sort of file.
#include "apps/program_fixtures.hpp"
#include "apps/run_program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::testing {
namespace {

using ::testing::HasSubstr;

TEST(InspectProgram, DescribesAWeightsFile) {
    const TemporaryFolder folder;
    const auto result = run_program({"inspect", write_fake_weights(folder / "w.safetensors").string()});
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("fake"));
    EXPECT_THAT(result.out, HasSubstr("pK = -log10"));
    EXPECT_THAT(result.out, HasSubstr("pocket_layers"));
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
