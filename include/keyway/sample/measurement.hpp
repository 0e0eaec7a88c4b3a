/// One labelled row of a dataset: which ligand in which pocket, what was measured, where it belongs.
#pragma once

#include "keyway/core/affinity.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace keyway {

enum class Split : std::uint8_t { none = 0, train = 1, valid = 2, test = 3 };

std::string_view to_string(Split split);
/// "train", "valid", "test", "" or "none". Throws Error(input) else.
Split parse_split(std::string_view text);

struct Measurement {
    std::string id;            ///< of the row, as in the source
    std::int32_t pocket = -1;  ///< index in the dataset
    std::int32_t ligand = -1;  ///< index in the dataset
    float pk = 0;
    Relation relation = Relation::equal;
    Measure measure = Measure::unstated;
    Split split = Split::none;
    std::int32_t assay = -1;    ///< index into the dataset's names; values inside one are comparable
    std::int32_t source = -1;   ///< index: the label file or table the row comes from
    std::int32_t cluster = -1;  ///< index: homolog cluster of the protein
    std::int32_t protein = -1;  ///< index: protein name; several pockets may share it
    /// Bound pose of the ligand's heavy atoms in the pocket's local frame [A]; empty if unknown.
    std::vector<std::array<float, 3>> pose_in_pocket;
};

/// A complex whose bound ligand is known; its affinity may not be.
struct KnownPose {
    std::int32_t pocket = -1;   ///< index in the dataset
    std::int32_t ligand = -1;   ///< index in the dataset
    Split split = Split::none;  ///< that of the pocket
    std::int32_t cluster = -1;  ///< index into the dataset's names
    /// The ligand's heavy atoms in the order of its graph, in the pocket's local frame [A].
    std::vector<std::array<float, 3>> position_in_pocket;
};

}  // namespace keyway
