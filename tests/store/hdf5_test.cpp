/// Attributes round-trip; HDF5's errors become keyway's, with the reason in words.
#include "store/hdf5.hpp"

#include "store/random_samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::store::hdf5 {
namespace {

using store::testing::TemporaryFile;
using ::testing::HasSubstr;

TEST(Hdf5, AttributesReadBackAsWritten) {
    const TemporaryFile path("attributes.h5");
    const std::string longer(200000, 'x');  // beyond the 64 kB of an object header
    {
        Handle file = create_file(path);
        write_attribute(file.get(), "text", "kT \xC3\x85");
        write_attribute(file.get(), "empty", "");
        write_attribute(file.get(), "longer", longer);
        write_attribute(file.get(), "number", std::int64_t{-7});
    }
    Handle file = open_file(path);
    EXPECT_EQ(read_text_attribute(file.get(), "text"), "kT \xC3\x85");
    EXPECT_EQ(read_text_attribute(file.get(), "empty"), "");
    EXPECT_EQ(read_text_attribute(file.get(), "longer"), longer);
    EXPECT_EQ(read_number_attribute(file.get(), "number"), -7);
    EXPECT_TRUE(has_attribute(file.get(), "text"));
    EXPECT_FALSE(has_attribute(file.get(), "absent"));
    EXPECT_THROW(read_text_attribute(file.get(), "absent"), Error);
    EXPECT_THROW(read_text_attribute(file.get(), "number"), Error);
    EXPECT_THROW(read_number_attribute(file.get(), "text"), Error);
}

TEST(Hdf5, SaysWhyAFileCannotBeCreated) {
    try {
        create_file("/no/such/folder/file.h5");
        FAIL() << "expected an error";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::output);
        EXPECT_THAT(error.what(), HasSubstr("No such file or directory"));
    }
}

}  // namespace
}  // namespace keyway::store::hdf5
