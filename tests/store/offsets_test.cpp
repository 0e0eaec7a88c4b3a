/// Offset tables longer than one block of the cache, asked in any order.
#include "store/offsets.hpp"

#include "store/random_samples.hpp"

#include <gtest/gtest.h>

namespace keyway::store {
namespace {

TEST(Offsets, GiveTheSameRangesInAnyOrder) {
    constexpr ArraySpec kSpec{"group/offsets", ElementType::i64, 1, Shape::offsets, "test"};
    const testing::TemporaryFile path("offsets_table.h5");
    constexpr std::int64_t kItems = 10000;
    {
        const auto file = hdf5::create_file(path);
        hdf5::Handle(H5Gcreate2(file.get(), "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose,
                     ErrorKind::output, "group");
        hdf5::ArrayWriter writer(file.get(), kSpec);
        for (std::int64_t i = 0; i <= kItems; ++i) {
            const std::int64_t offset = 3 * i + i % 2;  // 0, 4, 6, 10, 12 ...
            writer.append(&offset, 1);
        }
        writer.finish();
    }
    const auto file = hdf5::open_file(path);
    const hdf5::ArrayReader table(file.get(), kSpec, std::filesystem::file_size(path.path()));
    Offsets offsets(table, 3 * kItems);
    Random random(1);
    for (int i = 0; i < 2000; ++i) {
        const auto item = random.below(kItems);
        const Range range = offsets.of(item);
        EXPECT_EQ(range.first, 3 * item + item % 2);
        EXPECT_EQ(range.count, item % 2 == 0 ? 4u : 2u);
    }
    Offsets too_long(table, 3 * kItems - 1);
    EXPECT_THROW(too_long.of(kItems - 1), Error);
}

}  // namespace
}  // namespace keyway::store
