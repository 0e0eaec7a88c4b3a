/// How one array may be stored: inside the file, in checksummed chunks without holes, of believable size.
#include "store/hdf5.hpp"
#include "store/random_samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace keyway::store::hdf5 {
namespace {

using store::testing::TemporaryFile;
using ::testing::HasSubstr;

constexpr ArraySpec kSpec{"group/values", ElementType::f32, 1, Shape::item, "test values"};

Handle file_with_group(const std::filesystem::path& path) {
    Handle file = create_file(path);
    Handle(H5Gcreate2(file.get(), "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose,
           ErrorKind::output, "group");
    return file;
}

/// Creates `group/values` by plain calls, then says why a reader refuses it.
struct Storage {
    hsize_t rows = 10, chunk = 4;
    bool fletcher32 = true;
    H5Z_filter_t other_filter = 0;
    std::string external_file;
    bool write = true;
    hid_t type = H5T_IEEE_F32LE;
};

std::string refusal(const Storage& storage) {
    const TemporaryFile path("array.h5");
    {
        Handle file = file_with_group(path);
        const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
        const hsize_t unlimited = H5S_UNLIMITED;
        const bool external = !storage.external_file.empty();
        if (external) {
            H5Pset_external(properties, storage.external_file.c_str(), 0, H5F_UNLIMITED);
        } else if (storage.chunk > 0) {
            H5Pset_chunk(properties, 1, &storage.chunk);
            if (storage.other_filter != 0) H5Pset_filter(properties, storage.other_filter, 0, 0, nullptr);
            if (storage.fletcher32) H5Pset_fletcher32(properties);
        }
        const hid_t space =
            H5Screate_simple(1, &storage.rows, external || storage.chunk == 0 ? nullptr : &unlimited);
        const hid_t set =
            H5Dcreate2(file.get(), "group/values", storage.type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
        EXPECT_GE(set, 0);
        const std::vector<float> values(storage.write ? storage.rows : 0, 1.0f);
        if (storage.write && !external) {
            EXPECT_GE(H5Dwrite(set, H5T_IEEE_F32LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
        }
        H5Dclose(set);
        H5Sclose(space);
        H5Pclose(properties);
    }
    Handle file = open_file(path);
    try {
        ArrayReader reader(file.get(), kSpec, std::filesystem::file_size(path.path()));
        std::vector<float> out(reader.rows());
        reader.read(0, reader.rows(), out.data());
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::incompatible) << error.what();
        return error.what();
    }
    return "";
}

TEST(Array, KeepsEveryRowWhateverTheSizeOfTheAppends) {
    const std::uint64_t chunk = kChunkBytes / row_bytes(kSpec);
    for (const std::uint64_t rows :
         {std::uint64_t{0}, std::uint64_t{1}, chunk - 1, chunk, chunk + 1, 3 * chunk + 5}) {
        const TemporaryFile path("append.h5");
        std::vector<float> values(rows);
        std::iota(values.begin(), values.end(), 0.0f);
        std::string written;
        {
            Handle file = file_with_group(path);
            ArrayWriter writer(file.get(), kSpec);
            Random random(rows);
            for (std::uint64_t at = 0; at < rows;) {
                const std::uint64_t count = std::min(rows - at, 1 + random.below(2 * chunk));
                writer.append(values.data() + at, count);
                at += count;
            }
            EXPECT_EQ(writer.rows(), rows);
            written = writer.finish();
        }
        Handle file = open_file(path);
        const ArrayReader reader(file.get(), kSpec, std::filesystem::file_size(path.path()));
        EXPECT_EQ(reader.rows(), rows);
        EXPECT_EQ(reader.read_as<float>(0, rows), values);
        EXPECT_EQ(reader.sha256(), written);
        EXPECT_THROW(reader.read_as<float>(rows, 1), Error);
        EXPECT_THROW(reader.read_as<float>(1, ~std::uint64_t{0}), Error);
    }
}

TEST(Array, AcceptsPlainStorageOfTheRightKind) { EXPECT_EQ(refusal({}), ""); }

TEST(Array, AcceptsDeflateAndShuffle) {
    Storage storage;
    storage.other_filter = H5Z_FILTER_SHUFFLE;
    EXPECT_EQ(refusal(storage), "");
}

TEST(Array, RefusesWhatCannotBeTrusted) {
    Storage external;
    external.external_file = "/etc/passwd";
    EXPECT_THAT(refusal(external), HasSubstr("in another file"));
    Storage contiguous;
    contiguous.chunk = 0;
    EXPECT_THAT(refusal(contiguous), HasSubstr("not stored in chunks"));
    Storage unsummed;
    unsummed.fletcher32 = false;
    EXPECT_THAT(refusal(unsummed), HasSubstr("no checksums"));
    Storage filtered;
    filtered.other_filter = H5Z_FILTER_NBIT;
    EXPECT_THAT(refusal(filtered), HasSubstr("uses the filter"));
    Storage holes;
    holes.write = false;
    EXPECT_THAT(refusal(holes), HasSubstr("has holes"));
    Storage absurd;
    absurd.rows = hsize_t{1} << 60;
    absurd.write = false;
    EXPECT_THAT(refusal(absurd), HasSubstr("more than a file of"));
    Storage bomb;
    bomb.chunk = hsize_t{1} << 25;
    EXPECT_THAT(refusal(bomb), HasSubstr("chunks of an unexpected shape"));
    Storage other_type;
    other_type.type = H5T_IEEE_F64LE;
    EXPECT_THAT(refusal(other_type), HasSubstr("another number type"));
}

TEST(Array, FollowsNoLinks) {
    const TemporaryFile path("links.h5"), other("other.h5");
    {
        Handle file = file_with_group(other);
        ArrayWriter(file.get(), kSpec).finish();
    }
    for (const bool external : {true, false}) {
        {
            Handle file = file_with_group(path);
            if (external)
                H5Lcreate_external(other.path().c_str(), "group/values", file.get(), "group/values",
                                   H5P_DEFAULT, H5P_DEFAULT);
            else
                H5Lcreate_soft("/group/values", file.get(), "group/values", H5P_DEFAULT, H5P_DEFAULT);
        }
        Handle file = open_file(path);
        try {
            ArrayReader reader(file.get(), kSpec, 1 << 20);
            FAIL() << "a link was followed";
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr(external ? "external link" : "soft link"));
        }
    }
}

}  // namespace
}  // namespace keyway::store::hdf5
