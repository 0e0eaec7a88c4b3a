/// One ligand in one pocket, explained; or a table of pairs.
#pragma once

#include "keyway/chem/pocket.hpp"
#include "keyway/chem/read_ligand.hpp"
#include "keyway/core/context.hpp"
#include "keyway/core/output_file.hpp"
#include "keyway/core/result.hpp"
#include "keyway/model/network.hpp"
#include "keyway/workflows/ensemble.hpp"
#include "keyway/workflows/prepare_pocket.hpp"
#include "keyway/workflows/screen.hpp"
#include "keyway/workflows/training_domain.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace keyway::workflows {

/// What one pocket residue adds to the prediction: the sum over its atoms and all ligand atoms.
struct ResidueContact {
    std::string residue;  ///< "A:ASP:25"
    double pk = 0;        ///< signed; all contacts + pooled_pk + known_pk = pk
    std::string
        strongest;  ///< the pair that carries most of it: "OD1 with ligand atom 7 (N)", counted from 1
};

struct ScoredLigand {
    std::string id;
    std::uint64_t line = 0;
    Result<model::Prediction> prediction = Rejection{};
    DomainPlace domain;
    int heavy_atoms = 0;
    std::string smiles, notes;
    std::vector<ResidueContact> contacts;  ///< strongest first, all residues with a contribution
    double pooled_pk = 0;
    double known_pk = 0;  ///< what known compounds add: all contacts + pooled_pk + known_pk = pk
};

/// Scores every record of the files `options.ligands` and every SMILES of `smiles` against one pocket, with
/// contacts. `models` are those that `options.model` and `options.ensemble` name: the training domain lies
/// beside their weights. `options.known` corrects every prediction.
std::vector<ScoredLigand> score_ligands(const PreparedPocket& pocket, const std::vector<std::string>& smiles,
                                        const ScreenOptions& options,
                                        const std::shared_ptr<const Ensemble>& models,
                                        const Context& context);

struct PairOptions {
    std::filesystem::path pairs;  ///< columns receptor, ligand; optional id, site (see `score_pairs`)
    ScreenOptions rows;           ///< out, format, columns, order, ligand options; `ligands` is ignored
    chem::HetPolicy het;
};

/// One row out for every row in. `receptor`: structure file; `ligand`: SMILES or a file of one ligand;
/// `site`: ligand file, "NAME:CHAIN:NUMBER", residue list "A:25,A:60A", or empty for the only ligand of the
/// structure. Relative paths start at the table's folder. Receptors are read once for consecutive or repeated
/// rows; a receptor that cannot be used, or a site that is not
/// in it, rejects its rows (RECEPTOR), a missing ligand file its row (NO_FILE). Rows are scored by
/// `rows.threads`.
ScreenSummary score_pairs(const PairOptions& options, const Ensemble& models, const Context& context);

}  // namespace keyway::workflows
