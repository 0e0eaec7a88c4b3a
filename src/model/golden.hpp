/// A built-in self-test: one synthetic pocket and four ligands whose scores travel with the weights.
#pragma once

#include "keyway/model/network.hpp"

#include <string>
#include <vector>

namespace keyway::model {

struct GoldenSet {
    PocketGraph pocket;
    std::vector<LigandGraph> ligands;  ///< the last two are enantiomers
};

/// The same on every machine and for ever: old weights files are checked against it.
GoldenSet golden_set();

/// One line a score, "pk pk_sd" in the shortest decimals that read back exactly.
std::string golden_text(const std::vector<Prediction>& scores);
/// Throws Error(incompatible) if the text is no list of scores.
std::vector<Prediction> golden_scores(const std::string& text);
/// Throws Error(incompatible) if a score differs by more than `tolerance_pk` or the numbers differ.
void check_golden(const std::vector<Prediction>& stored, const std::vector<Prediction>& computed,
                  double tolerance_pk);

}  // namespace keyway::model
