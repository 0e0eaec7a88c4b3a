/// Parts of pockets and ligands hidden from the network, and what was there: the questions of pretraining.
#pragma once

#include "keyway/model/network.hpp"

#include <cstdint>
#include <vector>

namespace keyway::model {

/// A residue whose columns are all 0 (class "other"), asked in the presence of one ligand.
struct HiddenResidue {
    std::vector<std::int64_t> tokens;  ///< its fusion tokens, counted through the batch
    std::int64_t pair = 0;             ///< the ligand whose atoms may help
    std::int64_t residue_type = 0;
};

/// A ligand atom whose columns are all 0.
struct HiddenAtom {
    std::int64_t atom = 0;  ///< counted through the batch
    std::int64_t element = 0;
    float hydrogens = 0;
};

/// Copies with the hidden parts absent, for `batch::collate`, and the answers. Bonds and positions stay.
struct MaskedInput {
    std::vector<PocketGraph> pockets;
    std::vector<LigandGraph> ligands;  ///< one for each pair: a compound is hidden anew with every pocket
    std::vector<HiddenResidue> residues;
    std::vector<HiddenAtom> atoms;

    std::vector<const PocketGraph*> pocket_pointers() const;
    std::vector<const LigandGraph*> ligand_pointers() const;
};

struct MaskingOptions {
    double share = 0.15;  ///< of the residues with a token, of the ligand's atoms; at least one of each
    MaskedView view = MaskedView::both;
    std::uint64_t seed = 0;
};

/// `pocket_of_ligand[k]`: the pocket of pair k. A pocket's hidden residues depend on the seed and its place
/// in the batch, a ligand's hidden atoms on the seed and the pair, so that either side can be exchanged.
/// Residues are asked with the first pair of their pocket; a pocket without a pair, and with a blanked pocket
/// all, ask nothing. With `MaskedView::ligand_hidden` every ligand atom is absent and none is asked.
MaskedInput mask(const std::vector<const PocketGraph*>& pockets,
                 const std::vector<const LigandGraph*>& ligands, const std::vector<int>& pocket_of_ligand,
                 const MaskingOptions& options);

}  // namespace keyway::model
