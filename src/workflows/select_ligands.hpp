/// The ligands of a library that a screen scores, chosen before it starts.
#pragma once

#include "batch_scorer.hpp"

#include "keyway/core/context.hpp"
#include "keyway/workflows/prefilter.hpp"
#include "keyway/workflows/screen.hpp"

#include <vector>

namespace keyway::workflows {

struct LigandSelection {
    std::vector<bool> is_kept;  ///< by record
    PrefilterOutcome outcome;
};

/// By the vectors beside the library or in `options.vectors`; they are made where there are none. The choice
/// depends on vectors, pocket and share alone. Measures its recall on a fixed sample, except in shards after
/// the first. Throws Error(incompatible) where named vectors do not fit library and model, Error(output)
/// where vectors cannot be written.
LigandSelection select_ligands(const ScreenOptions& options, const BatchScorer& scorer,
                               const Context& context);

/// dots[i] = sum over R of vectors[i, R] * query[R], exact. vectors: [rows, query.size()].
std::vector<std::int32_t> dot_products(std::span<const std::int8_t> vectors,
                                       std::span<const std::int8_t> query);

}  // namespace keyway::workflows
