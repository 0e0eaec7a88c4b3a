/// Samples become tensors: ragged (CSR) batches of pockets and ligands, and the pocket's radius graph.
#pragma once

#include "keyway/core/random.hpp"
#include "keyway/sample/columns.hpp"
#include "keyway/sample/ligand_graph.hpp"
#include "keyway/sample/pocket_graph.hpp"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

namespace keyway::batch {

/// Rows of the concatenated embedding tables: one for each class of each column.
std::int64_t pocket_feature_rows();
std::int64_t ligand_feature_rows();
/// Columns of `PocketBatch::composition`.
std::int64_t pocket_composition_size();

/// blanked: every pocket is replaced by one token without content, the network's own "no pocket".
enum class PocketInput { full, blanked };
/// mirrored: pockets are reflected (x to -x) and the sign of every ligand stereocentre is flipped.
enum class Handedness { natural, mirrored };

struct CollateOptions {
    double edge_cutoff_angstrom = 6.0;
    at::ScalarType dtype = at::kFloat;  ///< of positions
    at::Device device = at::kCPU;
    PocketInput pocket_input = PocketInput::full;
    Handedness handedness = Handedness::natural;
    double coordinate_noise_angstrom = 0;  ///< standard deviation per coordinate; needs `random` if positive
    Random* random = nullptr;
};

/// N atoms, T tokens, E directed edges. All index tensors are int64 and count through the whole batch.
struct PocketBatch {
    std::int64_t pockets = 0;
    PocketInput input = PocketInput::full;
    at::Tensor feature_row;         ///< [N, kPocketColumnCount] rows of the embedding table
    at::Tensor position_in_pocket;  ///< [N, 3] each pocket in its own frame [A]
    /// [pockets, pocket_composition_size()] residues by type and pairs of them by distance, without noise,
    /// for `nn::PocketMemory`; undefined if blanked
    at::Tensor composition;
    at::Tensor token_atom;  ///< [T] atoms that ligands may attend to, ascending; undefined if blanked
    std::vector<std::int64_t> atom_ptr;   ///< [pockets + 1] on the host
    std::vector<std::int64_t> token_ptr;  ///< [pockets + 1] on the host; one token a pocket if blanked
    /// Edges sorted by receiver, then sender; 0 < distance < cutoff.
    at::Tensor edge_ptr;       ///< [N + 1]
    at::Tensor edge_receiver;  ///< [E]
    at::Tensor edge_sender;    ///< [E]
    at::Tensor edge_reverse;   ///< [E] the edge with sender and receiver exchanged
    at::Tensor edge_class;     ///< [E] 0 covalent bond, 1 same residue, 2 other
};

/// A atoms, 2 * bonds directed edges, S stereocentres, F bits.
struct LigandBatch {
    std::int64_t ligands = 0;
    at::Tensor feature_row;                      ///< [A, kLigandColumnCount]
    at::Tensor ligand_of_atom;                   ///< [A]
    at::Tensor atom_ptr_device;                  ///< [ligands + 1]
    std::vector<std::int64_t> atom_ptr;          ///< [ligands + 1] on the host
    std::vector<std::int64_t> pocket_of_ligand;  ///< [ligands] on the host
    at::Tensor bond_ptr;                         ///< [A + 1]; bonds sorted by receiver, then sender
    at::Tensor bond_receiver;                    ///< [2 * bonds]
    at::Tensor bond_sender;                      ///< [2 * bonds]
    at::Tensor bond_type;                        ///< [2 * bonds] in [0, kBondClasses)
    at::Tensor stereo_atom;                      ///< [S]
    at::Tensor stereo_neighbour;                 ///< [S, 4]; -1: implicit hydrogen
    at::Tensor stereo_sign;                      ///< [S] +1 or -1, dtype of positions
    at::Tensor bit_ptr;                          ///< [ligands + 1]
    at::Tensor bit;                              ///< [F] set bits of the fingerprints, ligand by ligand
    at::Tensor ligand_of_bit;                    ///< [F]
};

struct Batch {
    PocketBatch pockets;
    LigandBatch ligands;
};

/// Throws Error(input) for a pocket without tokens, Error(failure) for a graph that fails its own check.
PocketBatch collate_pockets(std::span<const PocketGraph* const> pockets, const CollateOptions& options);
/// `pocket_of_ligand[k]` counts pockets of the batch that the ligands will meet. Throws Error(input) for a
/// ligand without atoms, Error(failure) for a graph that fails its own check.
LigandBatch collate_ligands(std::span<const LigandGraph* const> ligands,
                            std::span<const int> pocket_of_ligand, const CollateOptions& options);
/// Both. Throws Error(failure) if an entry of `pocket_of_ligand` is out of range.
Batch collate(std::span<const PocketGraph* const> pockets, std::span<const LigandGraph* const> ligands,
              std::span<const int> pocket_of_ligand, const CollateOptions& options);

}  // namespace keyway::batch
