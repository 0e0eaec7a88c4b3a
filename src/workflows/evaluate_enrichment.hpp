/// Enrichment on unseen targets: actives of each protein of the split among property-matched compounds of
/// others.
#pragma once

#include "baselines.hpp"
#include "labelled_data.hpp"

#include "keyway/workflows/evaluate.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keyway::workflows {

/// A protein of the split with its actives and decoys.
struct EnrichmentSet {
    std::string name, family;
    int pocket = 0;
    std::vector<int> actives, decoys;  ///< ligands of the data, one for each compound
};

/// Active: mean of the uncensored pK of a compound on the protein of at least 7; at most 40 of them, drawn by
/// the seed. Decoys: for each active the 40 nearest by `property_distance` (equal ones by the seed) among all
/// compounds of `all_rows` (`data.rows` holds the split only) that have no measurement, bounds included, on
/// the protein's cluster and are less than 0.5 similar (ECFP4, Tanimoto) to every active; each once.
/// Proteins with fewer than 5 actives are left out and named in `notes`.
std::vector<EnrichmentSet> enrichment_sets(const EvaluateOptions& options, LabelledData& data,
                                           const std::vector<LabelledRow>& all_rows,
                                           std::vector<std::string>& notes);

/// Empty where no protein has enough actives. Throws Error(interrupted).
std::optional<Enrichment> measure_enrichment(const EvaluateOptions& options,
                                             const model::Predictor& predictor,
                                             const TrainingReference* reference, LabelledData& data,
                                             const std::vector<LabelledRow>& all_rows, const Context& context,
                                             std::vector<std::string>& notes);

}  // namespace keyway::workflows
