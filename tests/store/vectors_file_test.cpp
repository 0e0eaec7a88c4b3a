/// Vectors survive the disk, or are refused.
#include "keyway/store/vectors_file.hpp"

#include "support/temporary_folder.hpp"

#include "keyway/core/error.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace keyway::store {
namespace {

struct VectorsFile : ::testing::Test {
    keyway::testing::TemporaryFolder folder;
    std::filesystem::path path = folder / "v.h5";
    std::vector<std::int8_t> numbers;

    void write(int ligands, int width) {
        for (int i = 0; i < ligands * width; ++i)
            numbers.push_back(static_cast<std::int8_t>(i * 37 % 255 - 127));
        VectorsPassport passport;
        passport.library_sha256 = "library";
        passport.weights_sha256 = "weights";
        passport.width = width;
        VectorsWriter writer(path, IfExists::refuse, passport);
        for (int i = 0; i < ligands; ++i)
            writer.append(std::span(numbers).subspan(static_cast<std::size_t>(i * width),
                                                     static_cast<std::size_t>(width)));
        writer.commit();
    }
};

TEST_F(VectorsFile, ComesBackAsWritten) {
    write(1000, 48);
    const VectorsReader reader(path);
    EXPECT_EQ(reader.passport().ligands, 1000u);
    EXPECT_EQ(reader.passport().width, 48);
    EXPECT_EQ(reader.passport().library_sha256, "library");
    EXPECT_EQ(reader.passport().weights_sha256, "weights");
    EXPECT_EQ(reader.read(0, 1000), numbers);
    EXPECT_EQ(reader.read(998, 1),
              std::vector<std::int8_t>(numbers.begin() + 998 * 48, numbers.begin() + 999 * 48));
    EXPECT_THROW(reader.read(999, 2), Error);
    EXPECT_NO_THROW(reader.verify());
}

TEST_F(VectorsFile, DoesNotAppearWithoutCommit) {
    {
        VectorsPassport passport;
        passport.width = 4;
        VectorsWriter writer(path, IfExists::refuse, passport);
        writer.append(std::vector<std::int8_t>(400));
        EXPECT_THROW(writer.append(std::vector<std::int8_t>(3)), Error) << "not a whole vector";
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "neither the file nor a part of it";
}

TEST_F(VectorsFile, IsNotReplacedUnasked) {
    write(10, 4);
    EXPECT_THROW(write(10, 4), Error);
}

TEST_F(VectorsFile, DamageIsSeen) {
    write(2000, 64);
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(60'000);
    file.write("damage", 6);
    file.close();
    EXPECT_THROW(
        {
            const VectorsReader reader(path);
            reader.verify();
        },
        Error);
}

TEST_F(VectorsFile, TruncatedAndForeignFilesAreRefused) {
    write(2000, 64);
    std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
    EXPECT_THROW(VectorsReader{path}, Error);
    EXPECT_THROW(VectorsReader{folder / "none.h5"}, Error);
    EXPECT_THROW(VectorsReader{folder.write("text.h5", "not HDF5")}, Error);
}

}  // namespace
}  // namespace keyway::store
