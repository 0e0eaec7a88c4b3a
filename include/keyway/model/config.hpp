/// The hyper-parameters of the network, as plain data. Named configurations live in
/// `models/<name>/model.cfg`.
#pragma once

#include <filesystem>
#include <string>

namespace keyway::model {

enum class Parity { so3, o3 };

struct ModelConfig {
    // Pocket encoder
    int pocket_channels = 128;
    int pocket_layers = 4;
    int pocket_heads = 8;
    double edge_cutoff_angstrom = 6.0;
    int spline_knots = 24;
    Parity parity = Parity::so3;  ///< o3 only for tests and ablations
    // Ligand encoder
    int ligand_channels = 160;
    int ligand_layers = 4;
    int stereo_coordinates = 16;  ///< G of the signed-volume message
    // Fusion
    int fusion_layers = 2;
    int fusion_heads = 5;
    bool reverse_update = true;  ///< bi-lite: the ligand updates the pocket's keys and values
    /// Atoms get anchors in space before the last fusion layer, whose attention, like the contacts, then
    /// knows distances (nn/grounding.hpp). Needs two fusion layers and heads of 6 channels or more.
    bool grounding = false;
    // Read-out
    /// pK gets a number for each set bit of the Morgan fingerprint, beside what the graph says.
    bool fingerprint_sum = false;
    /// Training pockets that are remembered: one like them gives every bit of the fingerprint, and all
    /// ligands, a value of its own (nn/pocket_memory.hpp). 0: none.
    int remembered_pockets = 0;
    int memory_channels = 32;
    int pair_channels = 32;
    int distance_bins = 16;
    int intra_distance_bins = 0;  ///< training head for distances inside the ligand; 0: not there
    int retrieval_channels = 128;
    double dropout = 0.1;

    bool operator==(const ModelConfig&) const = default;

    /// Throws Error(usage) and names the field.
    void check() const;
    /// `name = value` lines in fixed order, and back. Comments start with #; a name that is not there keeps
    /// its default; an unknown name, a repeated one or a value of another kind throws Error(incompatible).
    std::string to_text() const;
    static ModelConfig from_text(const std::string& text);
    /// "tiny" (tests), "fast", "base", or a path to a file or its folder; checked. Names are looked up in
    /// `$KEYWAY_MODELS`, the installed models, the source tree. Throws Error(usage) listing the names.
    static ModelConfig named(const std::string& name_or_path);
};

}  // namespace keyway::model
