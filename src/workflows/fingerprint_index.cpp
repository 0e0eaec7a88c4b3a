/// Fingerprints of one size share words, so that in a word the most common bits mean the highest similarity.
#include "workflows/fingerprint_index.hpp"

#include "keyway/sample/columns.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <numeric>

namespace keyway::workflows {
namespace {

constexpr std::size_t kLanes = 64, kBlockWords = 8;
constexpr std::size_t kAtOnce = 8;       // columns that are added together
constexpr std::size_t kMostPlanes = 12;  // counts up to 4095: more bits than a fingerprint has
constexpr auto kZeroColumn = static_cast<std::size_t>(kFingerprintBits);
constexpr std::size_t kBlockSize = (kZeroColumn + 1) * kBlockWords;  // words of all columns of a block

/// What is asked of a block: some of its columns, by where they begin, and how many of them a lane must have.
struct Question {
    const std::uint64_t* block;
    std::span<const std::uint32_t> columns;  ///< a multiple of kAtOnce
    std::size_t least;
};

/// Lanes that have enough columns, and plane p of `count` with bit p of every lane's number of columns.
struct Counted {
    std::array<std::uint64_t, kBlockWords> lanes;
    std::array<std::array<std::uint64_t, kBlockWords>, kMostPlanes> count;
};

/// In every lane: a + b + c = sum + 2 carry. `sum` may be one of the terms.
template <class Lanes>
[[gnu::always_inline]] inline void add_three(const Lanes& a, const Lanes& b, const Lanes& c, Lanes& sum,
                                             Lanes& carry) {
    const Lanes either = a ^ b;
    carry = (a & b) | (either & c);
    sum = either ^ c;
}

/// `Lanes` are as many words as a register of the processor holds; `kPlanes` hold any count and stay in
/// registers.
template <class Lanes, std::size_t kPlanes>
[[gnu::always_inline]] inline void count_with(const Question& question, Counted& out) {
    for (std::size_t word = 0; word < kBlockWords; word += sizeof(Lanes) / sizeof(std::uint64_t)) {
        Lanes sum[kPlanes] = {};
        for (std::size_t c = 0; c < question.columns.size(); c += kAtOnce) {
            Lanes in[kAtOnce], two_a, two_b, four_a, four_b, carry;
#pragma GCC unroll 8
            for (std::size_t i = 0; i < kAtOnce; ++i)
                std::memcpy(&in[i], question.block + question.columns[c + i] + word, sizeof(Lanes));
            add_three(sum[0], in[0], in[1], sum[0], two_a);
            add_three(sum[0], in[2], in[3], sum[0], two_b);
            add_three(sum[1], two_a, two_b, sum[1], four_a);
            add_three(sum[0], in[4], in[5], sum[0], two_a);
            add_three(sum[0], in[6], in[7], sum[0], two_b);
            add_three(sum[1], two_a, two_b, sum[1], four_b);
            add_three(sum[2], four_a, four_b, sum[2], carry);
#pragma GCC unroll 12
            for (std::size_t p = 3; p < kPlanes; ++p) {
                const Lanes next = sum[p] & carry;
                sum[p] ^= carry;
                carry = next;
            }
        }
        // The highest plane that differs decides.
        Lanes more{}, equal = ~Lanes{};
#pragma GCC unroll 12
        for (std::size_t down = 0; down < kPlanes; ++down) {
            const std::size_t p = kPlanes - 1 - down;
            const Lanes bit = Lanes{} - (question.least >> p & 1);
            more |= equal & sum[p] & ~bit;
            equal &= ~(sum[p] ^ bit);
        }
        more |= equal;
        std::memcpy(&out.lanes[word], &more, sizeof(Lanes));
#pragma GCC unroll 12
        for (std::size_t p = 0; p < kPlanes; ++p) std::memcpy(&out.count[p][word], &sum[p], sizeof(Lanes));
    }
}

using Lanes128 = std::uint64_t __attribute__((vector_size(16)));
using Lanes256 = std::uint64_t __attribute__((vector_size(32)));
using Lanes512 = std::uint64_t __attribute__((vector_size(64)));

template <std::size_t kPlanes>
void count_portable(const Question& question, Counted& out) {
    count_with<Lanes128, kPlanes>(question, out);
}
#ifdef __x86_64__
template <std::size_t kPlanes>
[[gnu::target("avx2")]] void count_avx2(const Question& question, Counted& out) {
    count_with<Lanes256, kPlanes>(question, out);
}
template <std::size_t kPlanes>
[[gnu::target("avx512f")]] void count_avx512(const Question& question, Counted& out) {
    count_with<Lanes512, kPlanes>(question, out);
}
#endif

using Count = void (*)(const Question&, Counted&);
template <std::size_t kPlanes>
Count best_count() {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f")) return count_avx512<kPlanes>;
    if (__builtin_cpu_supports("avx2")) return count_avx2<kPlanes>;
#endif
    return count_portable<kPlanes>;
}

/// Most molecules need 7 planes.
Count count_of(std::size_t columns) {
    static const Count few = best_count<7>(), many = best_count<kMostPlanes>();
    return columns < 128 ? few : many;
}

/// Many queries, between them, bring the next block into the cache while they look at this one: lines that a
/// query picks by itself come slowly. A few queries would not need most of it.
class Prefetch {
public:
    Prefetch(const std::uint64_t* block, std::size_t queries)
        : next_(block),
          end_(block && queries >= kFewest ? block + kBlockSize : block),
          step_(((kZeroColumn + queries) / std::max<std::size_t>(queries, 1)) * kBlockWords) {}

    void bring_some() {
        const auto* stop = next_ + std::min(step_, static_cast<std::size_t>(end_ - next_));
        for (; next_ < stop; next_ += kBlockWords) __builtin_prefetch(next_);
    }

private:
    static constexpr std::size_t kFewest = 32;
    const std::uint64_t *next_, *end_;
    std::size_t step_;
};

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
    blocks_ = (set_bits_.size() + kBlockWords - 1) / kBlockWords;
    index_of_lane_.resize(blocks_ * kBlockWords * kLanes);
    is_used_.resize(blocks_ * kBlockWords);
    set_bits_.resize(blocks_ * kBlockWords, set_bits_.empty() ? 0 : set_bits_.back());
    columns_.resize(blocks_ * kBlockSize);
    for (std::size_t i = 0; i < order.size(); ++i) {
        const std::size_t word = lane_of[i] / kLanes;
        std::uint64_t* block = columns_.data() + word / kBlockWords * kBlockSize + word % kBlockWords;
        for (const auto bit : fingerprints[order[i]])
            block[bit * kBlockWords] |= std::uint64_t{1} << (lane_of[i] % kLanes);
    }
}

struct FingerprintIndex::Query {
    std::vector<std::uint32_t> columns;  ///< of its set bits, by where they begin in a block
    Count count;
    std::size_t planes;  ///< that hold any count of columns
    int set_bits;
    std::optional<Match> best;

    explicit Query(const Bits& fingerprint) : set_bits(static_cast<int>(fingerprint.size())) {
        columns.reserve(fingerprint.size() + kAtOnce);
        for (const auto bit : fingerprint) columns.push_back(bit * static_cast<std::uint32_t>(kBlockWords));
        while (columns.size() % kAtOnce != 0)
            columns.push_back(static_cast<std::uint32_t>(kZeroColumn * kBlockWords));
        count = count_of(columns.size());
        planes = static_cast<std::size_t>(std::bit_width(columns.size()));
    }
    /// Two of m < n bits are at most m / n similar.
    bool can_match(int fewest, int most) const {
        if (!best) return true;
        const auto [fewer, more] = std::minmax(std::clamp(set_bits, fewest, most), set_bits);
        return static_cast<double>(fewer) / more >= best->similarity;
    }
};

void FingerprintIndex::look_at(std::size_t block, Query& query) const {
    const std::size_t first_word = block * kBlockWords;
    const double share = query.best ? query.best->similarity / (1 + query.best->similarity) : 0;
    const auto least = static_cast<std::size_t>(
        std::max(1.0, std::ceil(share * (query.set_bits + set_bits_[first_word]) - 1e-6)));
    if (least > query.columns.size()) return;
    Counted found;
    query.count({columns_.data() + block * kBlockSize, query.columns, least}, found);
    for (std::size_t i = 0; i < kBlockWords; ++i) {
        std::uint64_t lanes = is_used_[first_word + i] & found.lanes[i];
        if (lanes == 0) continue;
        int common = 0;
        for (std::size_t p = query.planes; p-- > 0;) {
            const std::uint64_t having = lanes & found.count[p][i];
            lanes = having != 0 ? having : lanes;
            common |= having != 0 ? 1 << p : 0;
        }
        const double similarity =
            static_cast<double>(common) / (query.set_bits + set_bits_[first_word + i] - common);
        if (query.best && similarity < query.best->similarity) continue;
        // Lanes of one size are in the order given: the first is the smallest index.
        const std::size_t lane =
            (first_word + i) * kLanes + static_cast<std::size_t>(std::countr_zero(lanes));
        const Match match{index_of_lane_[lane], similarity};
        if (!query.best || similarity > query.best->similarity || match.index < query.best->index)
            query.best = match;
    }
}

std::vector<std::optional<FingerprintIndex::Match>> FingerprintIndex::nearest(
    std::span<const Bits* const> queries) const {
    std::vector<Query> asked;
    std::size_t set_bits = 0;
    for (const Bits* query : queries) {
        asked.emplace_back(*query);
        set_bits += query->size();
    }
    // Outwards from the queries' mean size, where the best are most often.
    const int mean = static_cast<int>(set_bits / std::max<std::size_t>(asked.size(), 1));
    std::vector<std::size_t> order(blocks_);
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto distance = [&](std::size_t block) { return std::abs(set_bits_[block * kBlockWords] - mean); };
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return distance(a) < distance(b); });

    for (std::size_t k = 0; k < blocks_; ++k) {
        const int* bits = set_bits_.data() + order[k] * kBlockWords;
        Prefetch next(k + 1 < blocks_ ? columns_.data() + order[k + 1] * kBlockSize : nullptr, asked.size());
        for (Query& query : asked) {
            next.bring_some();
            if (query.can_match(bits[0], bits[kBlockWords - 1])) look_at(order[k], query);
        }
    }
    std::vector<std::optional<Match>> found;
    for (const Query& query : asked) found.push_back(query.best);
    return found;
}

std::optional<FingerprintIndex::Match> FingerprintIndex::nearest(const Bits& query) const {
    const Bits* const one = &query;
    return nearest({&one, 1}).front();
}

}  // namespace keyway::workflows
