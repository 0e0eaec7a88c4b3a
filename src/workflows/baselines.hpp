/// What a model has to beat: predictions that use no network, and the pockets for the swapped control.
#pragma once

#include "workflows/labelled_data.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace keyway::workflows {

/// pk = intercept + slope * heavy atoms, by least squares.
struct HeavyAtomLine {
    double intercept = 0, slope = 0;
    double operator()(double heavy_atoms) const { return intercept + slope * heavy_atoms; }
};

/// Statistics of the uncensored rows of split `train`. Throws Error(input) if there are none.
class TrainingReference {
public:
    static constexpr int kNeighbours = 5;

    explicit TrainingReference(LabelledData& data);

    struct Neighbours {
        double pk =
            0;  ///< similarity-weighted mean of the nearest compounds; the overall mean if none is similar
        double similarity = 0;  ///< of the nearest compound
    };
    /// ECFP4 Tanimoto over all training compounds; equal similarity: the earlier compound. Thread-safe.
    Neighbours neighbours(const std::vector<std::uint16_t>& fingerprint) const;

    /// Mean of the same protein, else of the same cluster, else of everything. Empty names are unknown.
    double target_mean(const std::string& protein, const std::string& cluster) const;
    const HeavyAtomLine& heavy_atom_line() const { return line_; }
    std::size_t row_count() const { return row_count_; }
    std::size_t compound_count() const { return compounds_.size(); }

private:
    struct Mean {
        double sum = 0;
        std::size_t count = 0;
        void add(double value) {
            sum += value;
            ++count;
        }
        double value() const { return sum / static_cast<double>(count); }
    };
    struct Compound {
        std::size_t bits = 0;  ///< set in its fingerprint
        Mean pk;               ///< over all its rows, on whatever target
    };
    std::vector<Compound> compounds_;  ///< one per distinct standardised SMILES
    std::vector<std::vector<std::uint32_t>> compounds_with_bit_;
    std::map<std::string, Mean> proteins_, clusters_;
    Mean all_;
    HeavyAtomLine line_;
    std::size_t row_count_ = 0;
};

/// For each of the pockets another one of a different family, chosen by the seed: a permutation where no
/// family holds more than half of them, else with repeats. Empty if there is one family only.
std::vector<int> swapped_pockets(const std::vector<std::string>& family_of_pocket, std::uint64_t seed);

}  // namespace keyway::workflows
