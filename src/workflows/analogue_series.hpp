/// Tables of a target's compounds, cut into the series that their values come from.
#pragma once

#include "workflows/labelled_data.hpp"

#include <cstddef>
#include <optional>

namespace keyway::workflows {

/// Rows of smaller series stand alone.
inline constexpr std::size_t kFewestAnalogues = 5;

/// Cuts the rows of split `only` (empty: all rows) in every assay of all sources but the first of them into
/// series of analogues: the compound with most neighbours (Tanimoto similarity of Morgan fingerprints at
/// least `similarity`, 0 to 1) makes a series with all of them, and again among what is left (Butina, J.
/// Chem. Inf. Comput. Sci. 1999, 39, 747). Values of different measures are never one series. Rows of series
/// below `kFewestAnalogues` rows lose theirs (-1). Returns the number of series.
std::size_t cut_into_series(LabelledData& data, double similarity, std::optional<Split> only);

}  // namespace keyway::workflows
