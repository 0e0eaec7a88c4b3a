/// The index finds exactly what comparing with every fingerprint finds.
#include "workflows/fingerprint_index.hpp"

#include "keyway/core/random.hpp"
#include "keyway/sample/columns.hpp"
#include "keyway/sample/ligand_graph.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace keyway::workflows {
namespace {

using Bits = FingerprintIndex::Bits;

/// Some bits are common and most are rare, as in chemistry.
Bits random_bits(Random& random, int count) {
    std::set<std::uint16_t> bits;
    while (static_cast<int>(bits.size()) < count) {
        const double u = random.uniform();
        bits.insert(static_cast<std::uint16_t>(u * u * u * kFingerprintBits));
    }
    return {bits.begin(), bits.end()};
}

std::optional<FingerprintIndex::Match> by_comparing_all(const std::vector<Bits>& all, const Bits& query) {
    std::optional<FingerprintIndex::Match> best;
    for (std::size_t i = 0; i < all.size(); ++i)
        if (const double s = tanimoto(all[i], query); s > (best ? best->similarity : 0.0)) best = {i, s};
    return best;
}

TEST(FingerprintIndex, EqualsComparingWithAll) {
    Random random(3);
    std::vector<Bits> all;
    for (int i = 0; i < 3000; ++i) all.push_back(random_bits(random, 1 + static_cast<int>(random.below(90))));
    for (int i = 0; i < 200; ++i) all.push_back(all[random.below(all.size())]);  // repeats: the first counts
    all.push_back({});
    all.push_back(random_bits(random, 1500));
    const FingerprintIndex index(all);
    for (int i = 0; i < 600; ++i) {
        Bits query = random_bits(random, 1 + static_cast<int>(random.below(120)));
        if (i % 3 == 0) query = all[random.below(all.size())];
        if (i % 6 == 0 && query.size() > 3) query.erase(query.begin() + 1, query.begin() + 3);
        if (i == 0) query = random_bits(random, 1700);
        const auto found = index.nearest(query), expected = by_comparing_all(all, query);
        ASSERT_EQ(found.has_value(), expected.has_value()) << i;
        if (!found) continue;
        EXPECT_EQ(found->index, expected->index) << i;
        EXPECT_EQ(found->similarity, expected->similarity) << i;
    }
}

TEST(FingerprintIndex, FindsForManyWhatItFindsForEach) {
    Random random(5);
    std::vector<Bits> all, queries;
    for (int i = 0; i < 2000; ++i) all.push_back(random_bits(random, 1 + static_cast<int>(random.below(90))));
    for (int i = 0; i < 70; ++i)
        queries.push_back(random_bits(random, 1 + static_cast<int>(random.below(200))));
    queries.push_back({});
    queries.push_back(all[7]);
    const FingerprintIndex index(all);
    for (const std::size_t count : {0, 1, 31, 32, 33, 72}) {
        std::vector<const Bits*> some;
        for (std::size_t i = 0; i < count; ++i) some.push_back(&queries[queries.size() - 1 - i]);
        const auto found = index.nearest(some);
        ASSERT_EQ(found.size(), count);
        for (std::size_t i = 0; i < count; ++i) {
            const auto alone = index.nearest(*some[i]);
            ASSERT_EQ(found[i].has_value(), alone.has_value()) << count << ' ' << i;
            if (!alone) continue;
            EXPECT_EQ(found[i]->index, alone->index) << count << ' ' << i;
            EXPECT_EQ(found[i]->similarity, alone->similarity) << count << ' ' << i;
        }
    }
}

TEST(FingerprintIndex, NothingSharedIsNoMatch) {
    const std::vector<Bits> all = {{1, 2, 3}, {}};
    const FingerprintIndex index(all);
    EXPECT_FALSE(index.nearest({4, 2047}));
    EXPECT_FALSE(index.nearest(Bits{}));
    EXPECT_EQ(index.nearest({3, 4, 5})->similarity, 0.2);
    EXPECT_FALSE(FingerprintIndex(std::span<const Bits>{}).nearest({1}));
}

}  // namespace
}  // namespace keyway::workflows
