/// What a screen finds first: actives among decoys, by the model and by everything it has to beat.
#pragma once

#include "keyway/report/screening_metrics.hpp"

#include <map>
#include <string>
#include <vector>

namespace keyway::workflows {

struct EnrichmentMethod {
    report::ScreeningIntervals value;
    report::ScreeningIntervals model_minus_it;  ///< paired
    std::vector<double> curve;                  ///< share of actives found at each of `roc_grid`
};

struct EnrichmentTarget {
    std::string name, pocket;
    int actives = 0, decoys = 0;
    std::map<std::string, report::ScreeningMetrics> methods;
};

/// Methods: model, pocket_blanked, pocket_swapped, heavy_atoms, log_p_estimate, nearest_neighbour (with
/// training data) and chance (a constant score: what no knowledge gives at this share of actives).
struct Enrichment {
    std::string rule;       ///< how actives and decoys were chosen, in a sentence
    std::string resampled;  ///< what the intervals come from: "targets" or "compounds"
    int actives = 0, decoys = 0;
    int decoys_in_training = 0;  ///< of `decoys`, those with a measurement in split train
    double heavy_atoms_of_actives = 0, heavy_atoms_of_decoys = 0;  ///< means
    std::map<std::string, EnrichmentMethod> methods;
    std::vector<EnrichmentTarget> targets;
};

/// Shares of decoys, 0, then from 0.001 to 1 in equal steps of the logarithm.
std::vector<double> roc_grid();

/// Means over `enrichment.targets` with intervals from resampling them; `curves[target]` by method.
void add_means(Enrichment& enrichment, const std::vector<std::map<std::string, std::vector<double>>>& curves,
               std::uint64_t seed, int samples);

/// The part of `evaluate --json` with the key `enrichment`, and a table for people.
std::string to_json(const Enrichment& enrichment);
std::string to_text(const Enrichment& enrichment);

}  // namespace keyway::workflows
