/// A receptor file and a site -> the pocket that a model sees, with the words to say what it is.
#pragma once

#include "keyway/core/context.hpp"
#include "keyway/core/pocket_definition.hpp"
#include "keyway/sample/pocket_graph.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#ifdef KEYWAY_WITH_CHEMISTRY
#include "keyway/chem/pocket.hpp"
#endif

namespace keyway::workflows {

struct PreparedPocket {
    PocketGraph graph;
    std::string receptor;            ///< file name
    std::string site;                ///< "ligand 478:B:200 of the structure", "pocket P00533 of data.h5"
    int residues = 0, tokens = 0;    ///< tokens: atoms that the ligand attends to
    std::vector<std::string> notes;  ///< what reading and cutting decided

    /// "31 residues, 402 atoms (181 within reach of the ligand)".
    std::string describe() const;
};

#ifdef KEYWAY_WITH_CHEMISTRY
/// Reads and cuts. Without a site: the one drug-like ligand of the structure if there is exactly one.
/// Throws Error(usage) that lists the candidates otherwise, Error(input) from reading and cutting.
PreparedPocket prepare_pocket(const std::filesystem::path& receptor, const std::optional<chem::Site>& site,
                              const PocketDefinition& definition, const chem::HetPolicy& het = {});
#endif

/// A pocket of an HDF5 dataset by its id; empty: the only one. Throws Error(usage) that lists ids,
/// Error(incompatible) where the dataset's pockets were cut by another definition.
PreparedPocket stored_pocket(const std::filesystem::path& dataset, const std::string& id,
                             const PocketDefinition& definition);

}  // namespace keyway::workflows
