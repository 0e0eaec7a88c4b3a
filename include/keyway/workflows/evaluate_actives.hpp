/// A retrospective screen: known actives and decoys through the real scoring path, beside its controls.
#pragma once

#include "keyway/core/output_file.hpp"
#include "keyway/workflows/enrichment.hpp"
#include "keyway/workflows/screen.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace keyway::workflows {

struct ActivesOptions {
    /// Model, device, threads and how ligands are read; its `ligands` are set from the next two.
    ScreenOptions screen;
    std::vector<std::filesystem::path> actives, decoys;
    /// For nearest_neighbour: rows of split `train`. Empty: left out.
    std::vector<std::filesystem::path> training_data;
    /// Foreign pockets where none is given: up to 5 unlike ones of this dataset, by the seed. Empty: none.
    std::filesystem::path swap_data;
    std::uint64_t seed = 1;
    int bootstrap_samples = 2000;

    /// Throws Error(usage) and names the option.
    void check() const;
};

/// One for each record of the input files, in their order.
struct ActivesRecord {
    bool is_active = false;
    std::string file, id;
    std::uint64_t line = 0;
    /// Empty: scored and in the metrics. Else why not: DUPLICATE, DUPLICATE_OF_ACTIVE or a reader's code.
    std::string reason;
    std::string smiles;
    double pk_pred = 0, pk_sd = 0;
    std::map<std::string, double> baselines;  ///< the other methods; a mean over the swapped pockets
};

struct ActivesResult {
    std::string model, weights_sha256, pocket;
    std::vector<std::string> swapped_pockets;
    struct Count {
        std::uint64_t read = 0, used = 0;
        std::map<std::string, std::uint64_t> left_out;  ///< by reason; read = used + their sum
    };
    Count actives, decoys;
    Enrichment enrichment;  ///< of one target
    std::vector<std::string> notes;
    std::vector<ActivesRecord> table;
};

/// A compound that is in both files counts as an active; one that is there twice counts once (the same SMILES
/// after standardisation). Throws Error(input) where no active or no decoy is left, Error(interrupted).
ActivesResult evaluate_actives(const PocketGraph& pocket, std::span<const PocketGraph> foreign,
                               const ActivesOptions& options, const model::Network& network,
                               const Context& context);

/// Keys: model, weights_sha256, pocket, swapped_pockets, actives and decoys {read, used, left_out},
/// enrichment (as in `evaluate`), notes.
std::string to_json(const ActivesResult& result);
std::string to_text(const ActivesResult& result);
std::string to_html(const ActivesResult& result);
/// CSV: set, file, line, id, status, reason, pk_pred, pk_sd, one column for each other method, smiles.
std::string to_csv(const ActivesResult& result);

}  // namespace keyway::workflows
