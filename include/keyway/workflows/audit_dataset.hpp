/// Does the held-out side know the training side? Counts, similarities and a verdict.
#pragma once

#include "keyway/core/context.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace keyway::workflows {

struct AuditOptions {
    std::vector<std::filesystem::path> datasets;
    std::filesystem::path split_file;  ///< replaces the datasets' splits
    int threads = 0;
};

struct AuditResult {
    struct Side {
        std::uint64_t rows = 0, compounds = 0, pockets = 0, proteins = 0, clusters = 0;
    };
    /// A held-out side against the training rows.
    struct Comparison {
        std::uint64_t clusters_shared = 0, proteins_shared = 0;
        std::uint64_t pairs_shared = 0;  ///< rows whose protein and compound both occur in training together
        std::uint64_t compounds_shared = 0;  ///< distinct compounds that training has too, on whatever target
        /// Tanimoto (ECFP4) of each compound to its nearest training compound.
        double median_similarity = 0, share_above_0_4 = 0, share_above_0_7 = 0;
        /// Similarity of each pocket to its nearest training pocket (`pocket_counts`).
        double median_pocket_similarity = 0, highest_pocket_similarity = 0;
        std::string nearest_pockets;  ///< "held-out ~ training" of the highest
        /// Pairs of proteins (held out, training) with at least 10 common compounds, and those whose pK
        /// correlate with R^2 >= 0.6: labels that a ligand-only model could copy (target mirroring).
        std::uint64_t protein_pairs = 0, mirrored_pairs = 0;
        std::string strongest_mirror;
    };
    std::map<std::string, Side> sides;           ///< train, valid, test, none
    std::map<std::string, Comparison> held_out;  ///< valid, test
    std::vector<std::string> leaks;              ///< why the verdict is "leaking"; empty: clean
    std::vector<std::string> warnings;           ///< not a leak, but numbers will look better than they are
};

/// Throws Error(input) where there are no training rows or no held-out rows.
AuditResult audit_dataset(const AuditOptions& options, const Context& context);

std::string to_text(const AuditResult& result);
std::string to_json(const AuditResult& result);

}  // namespace keyway::workflows
