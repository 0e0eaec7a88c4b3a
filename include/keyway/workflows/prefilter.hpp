/// The cheap half of a cascade: which ligands of a library are worth cross-attention, and what that loses.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace keyway::workflows {

/// "1%" or "10000": how many ligands of a library go on.
struct PrefilterShare {
    double percent = 0;       ///< of the library, or else:
    std::uint64_t count = 0;  ///< so many

    /// At least one, at most all; a part of a ligand is a ligand.
    std::uint64_t of(std::uint64_t ligands) const;
    std::string to_text() const;
};
/// Throws Error(usage).
PrefilterShare parse_prefilter_share(const std::string& text);

/// How much of the model's own top a selection holds, measured on a random sample that the model scored.
struct Recall {
    double top_percent = 0;           ///< of the sample, by the model's pk
    std::uint64_t found = 0, of = 0;  ///< of that top, in the selection
    /// Wilson's 95 % interval; of a sample that is the whole library: the value itself.
    double low = 0, high = 1;
    double value() const { return static_cast<double>(found) / static_cast<double>(of); }
};

/// Wilson's score interval of a proportion, 95 %. of > 0.
std::pair<double, double> wilson_interval(std::uint64_t found, std::uint64_t of);

/// Of the top 1 % and, where that is four ligands or more, the top 0.1 %. pk: of a sample's ligands, ties
/// go to the earlier one; is_kept: the same ligands. is_whole: the sample is the library.
std::vector<Recall> recall_of(std::span<const float> pk, const std::vector<bool>& is_kept, bool is_whole);

/// `count` different indices below `total`, ascending; all of them where there are no more.
std::vector<std::uint64_t> random_sample(std::uint64_t total, std::uint64_t count, std::uint64_t seed);

/// Keeps the best of (dot product, index), higher and earlier first, in memory for twice `count`.
class BestOf {
public:
    explicit BestOf(std::uint64_t count) : count_(count) {}
    void add(std::int32_t dot, std::uint64_t index);
    /// Ascending.
    std::vector<std::uint64_t> indices();

private:
    struct Item {
        std::int32_t dot;
        std::uint64_t index;
    };
    static bool is_better(const Item& a, const Item& b) {
        return a.dot != b.dot ? a.dot > b.dot : a.index < b.index;
    }
    void cut();

    std::uint64_t count_;
    std::vector<Item> items_;
    Item worst_{};
    bool is_full_ = false;
};

/// What came of a prefilter.
struct PrefilterOutcome {
    std::string share;           ///< "1 %" or "10000 ligands"
    std::filesystem::path file;  ///< the vectors
    std::string vectors_sha256;
    bool made_vectors = false;
    std::uint64_t ligands = 0, kept = 0, sample = 0;
    std::vector<Recall> recall;  ///< empty: not measured (a shard that is not the first)
    double seconds = 0;          ///< of selection and sample, without making vectors
    /// "prefilter kept 1 % of 100000 ligands (1000); it holds 83 % [70, 91] of the model's top 1 % ..."
    std::string to_text() const;
};

}  // namespace keyway::workflows
