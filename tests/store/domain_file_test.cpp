/// A training domain survives the disk, or is refused.
#include "keyway/store/domain_file.hpp"

#include "support/temporary_folder.hpp"

#include "keyway/core/error.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

namespace keyway::store {
namespace {

using keyway::testing::read_bytes;

DomainFile example() {
    DomainFile domain;
    domain.training_data_sha256 = "data";
    domain.ligand_threshold = 0.2412;
    domain.ligands = {{"a\n\"b", {1, 5, 2047}}, {"", {}}, {"c", {0}}};
    domain.pockets = {{"P1", {{7, 1}, {90000, 65535}}}, {"P2", {}}};
    return domain;
}

struct DomainFileTest : ::testing::Test {
    keyway::testing::TemporaryFolder folder;
    std::filesystem::path path = folder / "domain.h5";
};

TEST_F(DomainFileTest, ComesBackAsWrittenAndAlwaysAsTheSameBytes) {
    write_domain_file(path, IfExists::refuse, example());
    const DomainFile read = read_domain_file(path);
    EXPECT_EQ(read.training_data_sha256, "data");
    EXPECT_EQ(read.ligand_threshold, 0.2412);
    EXPECT_TRUE(std::isnan(read.pocket_threshold));
    ASSERT_EQ(read.ligands.size(), 3u);
    EXPECT_EQ(read.ligands[0].id, "a\n\"b");
    EXPECT_EQ(read.ligands[0].fingerprint, (std::vector<std::uint16_t>{1, 5, 2047}));
    EXPECT_TRUE(read.ligands[1].fingerprint.empty());
    ASSERT_EQ(read.pockets.size(), 2u);
    EXPECT_EQ(read.pockets[0].counts, example().pockets[0].counts);
    write_domain_file(folder / "again.h5", IfExists::refuse, example());
    EXPECT_EQ(read_bytes(path), read_bytes(folder / "again.h5"));
    EXPECT_THROW(write_domain_file(path, IfExists::refuse, example()), Error);
}

TEST_F(DomainFileTest, DamageIsRefusedAndNamesTheFile) {
    write_domain_file(path, IfExists::refuse, example());
    const std::string good = read_bytes(path);
    const auto damaged = folder / "damaged.h5";
    const std::string content = read_domain_file(path).content_sha256;
    int seen = 0;
    for (std::size_t at = 0; at < good.size(); at += 13) {
        std::string bytes = good;
        bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
        std::ofstream(damaged, std::ios::binary) << bytes;
        try {
            EXPECT_EQ(read_domain_file(damaged).content_sha256, content) << "a byte that means nothing";
        } catch (const Error& error) {
            ++seen;
            EXPECT_NE(std::string(error.what()).find("damaged.h5"), std::string::npos) << error.what();
        }
    }
    EXPECT_GT(seen, 0);
    std::ofstream(damaged, std::ios::binary) << good.substr(0, good.size() / 2);
    EXPECT_THROW(read_domain_file(damaged), Error);
}

TEST_F(DomainFileTest, BitsThatAreNoFingerprintAreRefused) {
    DomainFile domain = example();
    domain.ligands[0].fingerprint = {5, 1};
    EXPECT_THROW(write_domain_file(path, IfExists::refuse, domain), Error);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace keyway::store
