/// Which rows train, which choose, which test: a split file for `train --split-file`, homologs kept apart.
#pragma once

#include "keyway/core/context.hpp"
#include "keyway/core/output_file.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace keyway::workflows {

enum class SplitBy { cluster, scaffold, time, random, file };
enum class Homologs { apart, across };

struct SplitOptions {
    std::vector<std::filesystem::path> datasets;
    std::filesystem::path out;  ///< CSV: id, pocket, cluster, split
    IfExists if_exists = IfExists::refuse;
    SplitBy by = SplitBy::cluster;
    /// apart: whole homolog clusters are held out whatever `by` says, and training rows whose scaffold,
    /// compound or date belongs to the held-out side are left out. across: only `by` counts.
    Homologs homologs = Homologs::apart;
    double valid_share = 0.1, test_share = 0.1;  ///< of the rows, about
    std::uint64_t seed = 1;
    std::filesystem::path dates;  ///< for `time`: CSV with id and year (any number that grows with time)
    std::filesystem::path file;   ///< for `file`: as `apply_split_file` reads; refused if homologs are across

    /// Throws Error(usage) and names the option.
    void check() const;
};

struct SplitSummary {
    std::map<std::string, std::uint64_t> rows;  ///< by split; "none": left out to keep the sides apart
    std::map<std::string, std::uint64_t> clusters;
    std::vector<std::string> notes;
};

/// Deterministic in the seed and the data. Throws Error(input) where the data has too few clusters to hold
/// one out, a date is missing, or a given file has homologs on both sides.
SplitSummary split_dataset(const SplitOptions& options, const Context& context);

}  // namespace keyway::workflows
