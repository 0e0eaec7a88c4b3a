/// Damaged, truncated, foreign and hostile files are refused with a reason; nothing crashes or changes
/// silently.
#include "store/hdf5.hpp"
#include "store/random_samples.hpp"

#include "keyway/core/error.hpp"
#include "keyway/store/schema.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keyway::store {
namespace {

using ::testing::HasSubstr;
using testing::TemporaryFile;

/// The message of the error that opening (and reading everything) throws; "" if there is none.
std::string refusal(const std::filesystem::path& path, ErrorKind expected = ErrorKind::incompatible) {
    try {
        DatasetReader reader(path);
        testing::everything(reader);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), expected) << error.what();
        return error.what();
    }
    return "";
}

/// Opens a good file for changes with plain HDF5 calls.
class Tampered {
public:
    explicit Tampered(const std::string& name) : file_(name) {
        testing::write(testing::with_poses(testing::random_samples(4)), file_);
        hdf5::start();
        id_ = H5Fopen(file_.path().c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    }
    hid_t id() const { return id_; }
    std::string refusal_when_closed() {
        H5Fclose(id_);
        return refusal(file_);
    }
    void set_attribute(const std::string& name, std::int64_t value) {
        H5Adelete(id_, name.c_str());
        hdf5::write_attribute(id_, name, value);
    }
    /// Overwrites one row.
    template <class T>
    void set_row(Array array, std::uint64_t row, const std::vector<T>& values) {
        const hid_t set = H5Dopen2(id_, std::string(spec_of(array).path).c_str(), H5P_DEFAULT);
        const hid_t type = H5Dget_type(set), space = H5Dget_space(set);
        const hsize_t first[2] = {row, 0}, count[2] = {1, values.size()};
        const hid_t memory = H5Screate_simple(H5Sget_simple_extent_ndims(space), count, nullptr);
        H5Sselect_hyperslab(space, H5S_SELECT_SET, first, nullptr, count, nullptr);
        EXPECT_GE(H5Dwrite(set, type, memory, space, H5P_DEFAULT, values.data()), 0);
        H5Sclose(memory);
        H5Sclose(space);
        H5Tclose(type);
        H5Dclose(set);
    }
    void remove(const std::string& path) { H5Ldelete(id_, path.c_str(), H5P_DEFAULT); }

private:
    TemporaryFile file_;
    hid_t id_ = -1;
};

TEST(DatasetReader, SaysWhatIsWrongWithAFileThatCannotBeOpened) {
    EXPECT_THAT(refusal("/no/such/file.h5", ErrorKind::input), HasSubstr("No such file"));
    EXPECT_THAT(refusal(std::filesystem::temp_directory_path(), ErrorKind::input), HasSubstr("is a folder"));
    const TemporaryFile file("foreign.h5");
    testing::write_bytes(file, "id,smiles\n1,CCO\n");
    EXPECT_THAT(refusal(file), HasSubstr("is not an HDF5 file"));
    testing::write_bytes(file, "");
    EXPECT_THAT(refusal(file), HasSubstr("is not an HDF5 file"));
}

TEST(DatasetReader, RefusesAnotherProgramsHdf5File) {
    const TemporaryFile file("others.h5");
    { const auto handle = hdf5::create_file(file); }
    EXPECT_THAT(refusal(file), HasSubstr("was not made by keyway"));
}

TEST(DatasetReader, RefusesAFileCutOffAnywhere) {
    const TemporaryFile good("whole.h5"), cut("cut.h5");
    testing::write(testing::with_poses(testing::random_samples(4)), good);
    const std::string bytes = testing::read_bytes(good);
    Random random(1);
    std::vector<std::size_t> sizes{0, 1, 8, 47, 48, 96, bytes.size() / 2, bytes.size() - 1};
    for (int i = 0; i < 60; ++i) sizes.push_back(random.below(bytes.size()));
    for (const std::size_t size : sizes) {
        testing::write_bytes(cut, bytes.substr(0, size));
        EXPECT_NE(refusal(cut), "") << size << " of " << bytes.size() << " bytes";
    }
}

TEST(DatasetReader, NeverGivesOtherContentAfterABitFlip) {
    const TemporaryFile good("unflipped.h5"), flipped("flipped.h5");
    testing::write(testing::with_poses(testing::random_samples(4)), good);
    std::string bytes = testing::read_bytes(good);
    const std::string expected = testing::everything(DatasetReader(good.path()));
    Random random(20260101);
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < 48; ++i) places.push_back(i);  // the superblock
    for (int i = 0; i < 250; ++i) places.push_back(random.below(bytes.size()));
    int refused = 0, harmless = 0;
    for (const std::size_t place : places) {
        const char original = bytes[place];
        bytes[place] = static_cast<char>(original ^ (1 << random.below(8)));
        testing::write_bytes(flipped, bytes);
        bytes[place] = original;
        try {
            DatasetReader reader(flipped.path());
            reader.verify();
            ASSERT_TRUE(testing::everything(reader) == expected) << "silent change at byte " << place;
            ++harmless;
        } catch (const Error& error) {
            EXPECT_TRUE(error.kind() == ErrorKind::incompatible || error.kind() == ErrorKind::input)
                << error.what();
            ++refused;
        }
    }
    EXPECT_GT(refused, harmless) << "most of the file is data, so most flips must be noticed";
}

TEST(DatasetReader, RefusesOtherVersionsAndSaysWhich) {
    Tampered schema("schema.h5");
    schema.set_attribute("schema_version", 99);
    EXPECT_THAT(schema.refusal_when_closed(), HasSubstr("schema_version is 99, this program reads 3"));
    Tampered feature("feature.h5");
    feature.set_attribute("feature_version", 0);
    EXPECT_THAT(feature.refusal_when_closed(), HasSubstr("feature_version is 0"));
}

TEST(DatasetReader, RefusesIndicesAndClassesOutOfRange) {
    struct Case {
        Array array;
        std::string message;
        std::vector<std::uint8_t> bytes;
    };
    const auto bytes_of_i32 = [](std::initializer_list<std::int32_t> values) {
        std::vector<std::uint8_t> bytes(values.size() * 4);
        std::memcpy(bytes.data(), values.begin(), bytes.size());
        return bytes;
    };
    const std::vector<std::uint8_t> nan3(12, 0xFF);
    const std::vector<Case> cases{
        {Array::pocket_columns, "is out of range", std::vector<std::uint8_t>(kPocketColumnCount, 99)},
        {Array::pocket_is_token, "token flag", {7}},
        {Array::pocket_residue, "residue index", bytes_of_i32({-5})},
        {Array::pocket_bonds, "bond", bytes_of_i32({3, 1 << 30})},
        {Array::pocket_position, "not finite", nan3},
        {Array::ligand_columns, "is out of range", std::vector<std::uint8_t>(kLigandColumnCount, 99)},
        {Array::ligand_bonds, "bond", {0xFF, 0xFF, 0xFF, 0xFF}},
        {Array::ligand_bond_types, "bond class", {255}},
        {Array::ligand_stereo_sign, "sign", {0}},
        {Array::ligand_stereo_neighbours, "neighbour", {0xFF, 0x7F, 0, 0, 0, 0, 0, 0}},
        {Array::ligand_fingerprint, "fingerprint", {0xFF, 0xFF}},
        {Array::measurement_pocket, "out of range", bytes_of_i32({1000})},
        {Array::measurement_ligand, "out of range", bytes_of_i32({-1})},
        {Array::measurement_pk, "out of range", {0xFF, 0xFF, 0xFF, 0xFF}},
        {Array::measurement_relation, "out of range", {4}},
        {Array::measurement_split, "out of range", {9}},
        {Array::measurement_assay, "out of range", bytes_of_i32({-2})},
        {Array::measurement_protein, "out of range", bytes_of_i32({6})},
        {Array::measurement_pose, "not finite", nan3},
        {Array::pose_pocket, "out of range", bytes_of_i32({4})},
        {Array::pose_ligand, "out of range", bytes_of_i32({-1})},
        {Array::pose_ligand, "its ligand", bytes_of_i32({59})},
        {Array::pose_split, "out of range", {4}},
        {Array::pose_cluster, "out of range", bytes_of_i32({6})},
        {Array::pose_position, "not finite", nan3},
    };
    for (const auto& [array, message, bytes] : cases) {
        Tampered file("range.h5");
        const hid_t set = H5Dopen2(file.id(), std::string(spec_of(array).path).c_str(), H5P_DEFAULT);
        const hid_t type = H5Dget_type(set), space = H5Dget_space(set);
        const hsize_t first[2] = {0, 0}, count[2] = {1, static_cast<hsize_t>(spec_of(array).columns)};
        const hid_t memory = H5Screate_simple(H5Sget_simple_extent_ndims(space), count, nullptr);
        H5Sselect_hyperslab(space, H5S_SELECT_SET, first, nullptr, count, nullptr);
        ASSERT_GE(H5Dwrite(set, type, memory, space, H5P_DEFAULT, bytes.data()), 0);
        for (const hid_t id : {memory, space}) H5Sclose(id);
        H5Tclose(type);
        H5Dclose(set);
        EXPECT_THAT(file.refusal_when_closed(), HasSubstr(message)) << spec_of(array).path;
    }
}

TEST(DatasetReader, RefusesOffsetTablesThatDoNotRise) {
    for (const std::int64_t bad : {std::int64_t{-1}, std::int64_t{1} << 60, std::int64_t{1}}) {
        Tampered file("offsets.h5");
        file.set_row<std::int64_t>(Array::ligand_atom_offsets, 3, {bad});
        EXPECT_THAT(file.refusal_when_closed(), HasSubstr("ligands/atom_offsets")) << bad;
    }
}

TEST(DatasetReader, RefusesCountsThatDoNotFitTheArrays) {
    for (const std::int64_t bad : {std::int64_t{-1}, std::int64_t{59}, std::int64_t{1} << 40}) {
        Tampered file("counts.h5");
        file.set_attribute("ligands", bad);
        EXPECT_NE(file.refusal_when_closed(), "") << bad;
    }
}

TEST(DatasetReader, RefusesAMissingArray) {
    Tampered file("missing.h5");
    file.remove("ligands/bonds");
    EXPECT_THAT(file.refusal_when_closed(), HasSubstr("'ligands/bonds' is missing"));
}

}  // namespace
}  // namespace keyway::store
