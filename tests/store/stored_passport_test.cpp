/// The passport reads back as written, and a file without a good one is refused.
#include "store/stored_passport.hpp"

#include "store/random_samples.hpp"

#include "keyway/core/error.hpp"
#include "keyway/store/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::store {
namespace {

using testing::TemporaryFile;

DatasetPassport complete_passport() {
    DatasetPassport passport = testing::example_passport();
    passport.schema_version = kSchemaVersion;
    passport.feature_version = kFeatureVersion;
    passport.pockets = 3;
    passport.ligands = 5;
    passport.measurements = 7;
    passport.content_sha256 = std::string(64, 'c');
    return passport;
}

TEST(StoredPassport, ReadsBackAsWritten) {
    const TemporaryFile path("passport.h5");
    const DatasetPassport written = complete_passport();
    {
        const auto file = hdf5::create_file(path);
        write_passport(file.get(), written);
    }
    const auto file = hdf5::open_file(path);

    const DatasetPassport read = read_passport(file.get());

    EXPECT_EQ(read.schema_version, written.schema_version);
    EXPECT_EQ(read.feature_version, written.feature_version);
    EXPECT_EQ(read.pocket, written.pocket);
    EXPECT_EQ(read.created_by, written.created_by);
    EXPECT_EQ(read.ligand_policy, written.ligand_policy);
    EXPECT_EQ(read.sources, written.sources);
    EXPECT_EQ(read.pockets, 3u);
    EXPECT_EQ(read.ligands, 5u);
    EXPECT_EQ(read.measurements, 7u);
    EXPECT_EQ(read.content_sha256, written.content_sha256);
}

TEST(StoredPassport, IsRefusedWhenAnyPartIsMissing) {
    for (const char* name :
         {"format", "schema_version", "feature_version", "pocket_definition", "ligand_policy", "created_by",
          "sources", "pockets", "ligands", "measurements", "content_sha256"}) {
        const TemporaryFile path("incomplete.h5");
        const auto file = hdf5::create_file(path);
        write_passport(file.get(), complete_passport());
        H5Adelete(file.get(), name);
        try {
            read_passport(file.get());
            FAIL() << name << " is missing";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::incompatible);
            EXPECT_THAT(error.what(), ::testing::HasSubstr(name));
        }
    }
}

}  // namespace
}  // namespace keyway::store
