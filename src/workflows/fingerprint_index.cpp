/// Fingerprints of one size share words, so that in a word the most common bits mean the highest similarity.
#include "workflows/fingerprint_index.hpp"

#include "keyway/sample/columns.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>

namespace keyway::workflows {
namespace {

constexpr std::size_t kLanes = 64, kBlockWords = 8;
constexpr std::size_t kAtOnce = 8;   // columns that are added together
constexpr std::size_t kPlanes = 12;  // counts up to 4095: more bits than a fingerprint has
constexpr auto kZeroColumn = static_cast<std::size_t>(kFingerprintBits);

/// Plane p of `count` gets bit p of every lane's number of set columns; their number is a multiple of eight.
using Planes = std::array<std::array<std::uint64_t, kBlockWords>, kPlanes>;

struct Columns {
    const std::vector<const std::uint64_t*>& at;
    std::size_t first_word;
};

/// In every lane: a + b + c = sum + 2 carry. `sum` may be one of the terms.
template <class Lanes>
[[gnu::always_inline]] inline void add_three(const Lanes& a, const Lanes& b, const Lanes& c, Lanes& sum,
                                             Lanes& carry) {
    const Lanes either = a ^ b;
    carry = (a & b) | (either & c);
    sum = either ^ c;
}

/// `Lanes` are as many words as a register of the processor holds.
template <class Lanes>
[[gnu::always_inline]] inline void count_with(const Columns& columns, std::size_t planes, Planes& count) {
    for (std::size_t word = 0; word < kBlockWords; word += sizeof(Lanes) / sizeof(std::uint64_t)) {
        std::array<Lanes, kPlanes> sum{};
        for (std::size_t c = 0; c < columns.at.size(); c += kAtOnce) {
            std::array<Lanes, kAtOnce> in;
            for (std::size_t i = 0; i < kAtOnce; ++i)
                std::memcpy(&in[i], columns.at[c + i] + columns.first_word + word, sizeof(Lanes));
            Lanes two_a, two_b, four_a, four_b, carry;
            add_three(sum[0], in[0], in[1], sum[0], two_a);
            add_three(sum[0], in[2], in[3], sum[0], two_b);
            add_three(sum[1], two_a, two_b, sum[1], four_a);
            add_three(sum[0], in[4], in[5], sum[0], two_a);
            add_three(sum[0], in[6], in[7], sum[0], two_b);
            add_three(sum[1], two_a, two_b, sum[1], four_b);
            add_three(sum[2], four_a, four_b, sum[2], carry);
            for (std::size_t p = 3; p < planes; ++p) {
                const Lanes next = sum[p] & carry;
                sum[p] ^= carry;
                carry = next;
            }
        }
        for (std::size_t p = 0; p < planes; ++p) std::memcpy(&count[p][word], &sum[p], sizeof(Lanes));
    }
}

using Lanes128 = std::uint64_t __attribute__((vector_size(16)));
using Lanes256 = std::uint64_t __attribute__((vector_size(32)));
using Lanes512 = std::uint64_t __attribute__((vector_size(64)));

void count_portable(const Columns& columns, std::size_t planes, Planes& count) {
    count_with<Lanes128>(columns, planes, count);
}
#ifdef __x86_64__
[[gnu::target("avx2")]] void count_avx2(const Columns& columns, std::size_t planes, Planes& count) {
    count_with<Lanes256>(columns, planes, count);
}
[[gnu::target("avx512f")]] void count_avx512(const Columns& columns, std::size_t planes, Planes& count) {
    count_with<Lanes512>(columns, planes, count);
}
#endif

using Count = void (*)(const Columns&, std::size_t, Planes&);
Count best_count() {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f")) return count_avx512;
    if (__builtin_cpu_supports("avx2")) return count_avx2;
#endif
    return count_portable;
}

/// Lanes whose count is `least` or more: decided by the highest bit that differs.
std::array<std::uint64_t, kBlockWords> lanes_with(std::size_t least, std::size_t planes,
                                                  const Planes& count) {
    std::array<std::uint64_t, kBlockWords> more{}, equal;
    equal.fill(least >> planes == 0 ? ~std::uint64_t{0} : 0);
    for (std::size_t p = planes; p-- > 0;) {
        const std::uint64_t bit = (least >> p & 1) != 0 ? ~std::uint64_t{0} : 0;
        for (std::size_t i = 0; i < kBlockWords; ++i) {
            more[i] |= equal[i] & count[p][i] & ~bit;
            equal[i] &= ~(count[p][i] ^ bit);
        }
    }
    for (std::size_t i = 0; i < kBlockWords; ++i) more[i] |= equal[i];
    return more;
}

}  // namespace

FingerprintIndex::FingerprintIndex(std::span<const Bits> fingerprints) {
    std::vector<std::uint32_t> order(fingerprints.size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        return fingerprints[a].size() < fingerprints[b].size();
    });
    std::vector<std::size_t> lane_of;
    for (const auto index : order) {
        const int size = static_cast<int>(fingerprints[index].size());
        if (index_of_lane_.size() % kLanes == 0 || size != set_bits_.back()) {
            index_of_lane_.resize(set_bits_.size() * kLanes);
            set_bits_.push_back(size);
            is_used_.push_back(0);
        }
        is_used_.back() |= std::uint64_t{1} << (index_of_lane_.size() % kLanes);
        lane_of.push_back(index_of_lane_.size());
        index_of_lane_.push_back(index);
    }
    words_ = (set_bits_.size() + kBlockWords - 1) / kBlockWords * kBlockWords;
    index_of_lane_.resize(words_ * kLanes);
    is_used_.resize(words_);
    set_bits_.resize(words_, set_bits_.empty() ? 0 : set_bits_.back());
    columns_.resize((kZeroColumn + 1) * words_);
    for (std::size_t i = 0; i < order.size(); ++i)
        for (const auto bit : fingerprints[order[i]])
            columns_[bit * words_ + lane_of[i] / kLanes] |= std::uint64_t{1} << (lane_of[i] % kLanes);
}

std::optional<FingerprintIndex::Match> FingerprintIndex::nearest(const Bits& fingerprint) const {
    std::vector<const std::uint64_t*> columns;
    for (const auto bit : fingerprint) columns.push_back(&columns_[bit * words_]);
    while (columns.size() % kAtOnce != 0) columns.push_back(&columns_[kZeroColumn * words_]);
    const auto planes = static_cast<std::size_t>(std::bit_width(columns.size()));
    const int own_bits = static_cast<int>(fingerprint.size());

    std::optional<Match> best;
    static const Count count_columns = best_count();
    Planes count;
    const auto look_at = [&](std::size_t first_word) {
        count_columns({columns, first_word}, planes, count);
        const double share = best ? best->similarity / (1 + best->similarity) : 0;
        const auto needed = static_cast<std::size_t>(
            std::max(1.0, std::ceil(share * (own_bits + set_bits_[first_word]) - 1e-6)));
        const auto candidates = lanes_with(needed, planes, count);
        for (std::size_t i = 0; i < kBlockWords; ++i) {
            std::uint64_t lanes = is_used_[first_word + i] & candidates[i];
            if (lanes == 0) continue;
            int common = 0;
            for (std::size_t p = planes; p-- > 0;) {
                const std::uint64_t having = lanes & count[p][i];
                lanes = having != 0 ? having : lanes;
                common |= having != 0 ? 1 << p : 0;
            }
            const double similarity =
                static_cast<double>(common) / (own_bits + set_bits_[first_word + i] - common);
            if (best && similarity < best->similarity) continue;
            // Lanes of one size are in the order given: the first is the smallest index.
            const std::size_t lane =
                (first_word + i) * kLanes + static_cast<std::size_t>(std::countr_zero(lanes));
            const Match match{index_of_lane_[lane], similarity};
            if (!best || similarity > best->similarity || match.index < best->index) best = match;
        }
    };
    // Outwards from fingerprints of the same size: two of m < n bits are at most m / n similar.
    const auto middle = static_cast<std::size_t>(
        std::lower_bound(set_bits_.begin(), set_bits_.end(), own_bits) - set_bits_.begin());
    const auto can_match = [&](int bits) {
        const auto [fewer, more] = std::minmax(bits, own_bits);
        return !best || static_cast<double>(fewer) / more >= best->similarity;
    };
    const std::size_t start = middle / kBlockWords * kBlockWords;
    for (std::size_t first = start; first < words_ && (first == start || can_match(set_bits_[first]));
         first += kBlockWords)
        look_at(first);
    for (std::size_t first = start; first > 0 && can_match(set_bits_[first - 1]); first -= kBlockWords)
        look_at(first - kBlockWords);
    return best;
}

}  // namespace keyway::workflows
