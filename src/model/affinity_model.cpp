/// The network on one screen: encode pocket, encode ligand, fuse, predict.
#include "affinity_model.hpp"

#include "keyway/core/error.hpp"
#include "keyway/ops/segment.hpp"

#include <ATen/ATen.h>

#include <string>

namespace keyway::model {

namespace {

nn::PocketEncoderOptions pocket_options(const ModelConfig& config) {
    return {.feature_rows = batch::pocket_feature_rows(),
            .edge_classes = kPocketEdgeClasses,
            .channels = config.pocket_channels,
            .heads = config.pocket_heads,
            .layers = config.pocket_layers,
            .spline_knots = config.spline_knots,
            .edge_cutoff_angstrom = config.edge_cutoff_angstrom,
            .parity = config.parity == Parity::so3 ? ops::Parity::so3 : ops::Parity::o3};
}

nn::LigandEncoderOptions ligand_options(const ModelConfig& config) {
    return {.feature_rows = batch::ligand_feature_rows(),
            .bond_types = kBondClasses,
            .channels = config.ligand_channels,
            .stereo_coordinates = config.stereo_coordinates,
            .layers = config.ligand_layers};
}

nn::FusionOptions fusion_options(const ModelConfig& config) {
    return {.token_channels = config.pocket_channels,
            .channels = config.ligand_channels,
            .heads = config.fusion_heads,
            .bond_types = kBondClasses,
            .stereo_coordinates = config.stereo_coordinates,
            .layers = config.fusion_layers,
            .reverse_update = config.reverse_update};
}

ops::EdgeGraph edge_graph(const batch::PocketBatch& pockets) {
    ops::EdgeGraph graph{.receivers = {pockets.edge_ptr, pockets.edge_receiver},
                         .sender = pockets.edge_sender,
                         .sent_ptr = pockets.edge_ptr,
                         .sent_edge = pockets.edge_reverse,
                         .edge_class = pockets.edge_class};
    ops::set_geometry(graph, pockets.position_in_pocket);
    return graph;
}

nn::LigandInput ligand_input(const batch::LigandBatch& ligands) {
    return {.feature_row = ligands.feature_row,
            .atoms_of_ligand = {ligands.atom_ptr_device, ligands.ligand_of_atom},
            .bonds = {{ligands.bond_ptr, ligands.bond_receiver}, ligands.bond_sender, ligands.bond_type},
            .stereo = {ligands.stereo_atom, ligands.stereo_neighbour, ligands.stereo_sign}};
}

ops::Csr csr(const std::vector<std::int64_t>& ptr, at::Device device) {
    const at::Tensor offsets = at::tensor(ptr, at::kLong).to(device);
    const std::int64_t rows = offsets.size(0) - 1;
    const at::Tensor sizes = offsets.narrow(0, 1, rows) - offsets.narrow(0, 0, rows);
    return {offsets, at::repeat_interleave(sizes)};
}

void check_pockets(const EncodedPockets& pockets, const batch::LigandBatch& ligands) {
    if (ligands.ligands == 0) throw Error(ErrorKind::failure, "the network got a batch without ligands");
    for (const std::int64_t pocket : ligands.pocket_of_ligand)
        if (pocket < 0 || pocket >= pockets.pockets())
            throw Error(ErrorKind::failure, "a ligand asks for pocket " + std::to_string(pocket) + " of " +
                                                std::to_string(pockets.pockets()) + " encoded ones");
}

// First pair of each ligand.
std::vector<std::int64_t> pair_offsets(const EncodedPockets& pockets, const batch::LigandBatch& ligands) {
    std::vector<std::int64_t> ptr = {0};
    for (std::size_t l = 0; l < ligands.pocket_of_ligand.size(); ++l) {
        const std::int64_t pocket = ligands.pocket_of_ligand[l];
        const std::int64_t tokens = pockets.token_ptr[pocket + 1] - pockets.token_ptr[pocket];
        ptr.push_back(ptr.back() + tokens * (ligands.atom_ptr[l + 1] - ligands.atom_ptr[l]));
    }
    return ptr;
}

/// pK that recalled pockets add to each ligand. `pocket` [L] of each ligand -> [L]
at::Tensor recalled_pk(const nn::PocketMemory::Recalled& recalled, const batch::LigandBatch& ligands,
                       const at::Tensor& pocket) {
    const at::Tensor place = pocket.index_select(0, ligands.ligand_of_bit) * kFingerprintBits + ligands.bit;
    const at::Tensor bits = ops::segment_sum(recalled.bit_pk.flatten().index_select(0, place).unsqueeze(1),
                                             {ligands.bit_ptr, ligands.ligand_of_bit});  // [L, 1]
    return bits.squeeze(1) + recalled.pk.index_select(0, pocket);
}

/// Logits of the distance bins of some ligands' pairs. `h` is [A, d] of all ligands.
at::Tensor distance_logits_of(const nn::PairReadout& readout, const at::Tensor& h,
                              const EncodedPockets& pockets, const batch::LigandBatch& ligands,
                              std::span<const std::int64_t> some) {
    ops::PairOffsets offsets{.atom_ptr = {0}, .token_ptr = pockets.token_ptr};
    std::vector<std::int64_t> atom;
    for (const std::int64_t l : some) {
        for (std::int64_t a = ligands.atom_ptr[l]; a < ligands.atom_ptr[l + 1]; ++a) atom.push_back(a);
        offsets.atom_ptr.push_back(static_cast<std::int64_t>(atom.size()));
        offsets.pocket_of_ligand.push_back(ligands.pocket_of_ligand[l]);
    }
    const ops::PairLayout layout = ops::PairLayout::by_ligand(offsets, h.device());
    const at::Tensor own = h.index_select(0, at::tensor(atom, at::kLong).to(h.device()));
    return layout.blocks_to_pairs(readout.distance_logits(own, pockets.pair, layout));
}

}  // namespace

AffinityModel::AffinityModel(const ModelConfig& config, const nn::Parameters::Layout& layout)
    : config_(config),
      pocket_encoder_(nn::Scope(parameters_, "pocket"), pocket_options(config)),
      ligand_encoder_(nn::Scope(parameters_, "ligand"), ligand_options(config)),
      fusion_(nn::Scope(parameters_, "fusion"), fusion_options(config)),
      pair_readout_(nn::Scope(parameters_, "pair"), {config.pocket_channels, config.ligand_channels,
                                                     config.pair_channels, config.distance_bins}),
      pooled_readout_(nn::Scope(parameters_, "readout"), config.ligand_channels, config.pair_channels),
      pocket_retrieval_(nn::Scope(parameters_, "retrieval.pocket"), config.pocket_channels,
                        config.retrieval_channels),
      ligand_retrieval_(nn::Scope(parameters_, "retrieval.ligand"), config.ligand_channels,
                        config.retrieval_channels) {
    if (config.fingerprint_sum)
        fingerprint_sum_.emplace(nn::Scope(parameters_, "readout.fingerprint"), kFingerprintBits);
    if (config.remembered_pockets > 0)
        memory_.emplace(nn::Scope(parameters_, "memory"),
                        nn::PocketMemory::Shape{config.remembered_pockets, batch::pocket_composition_size(),
                                                config.memory_channels, kFingerprintBits});
    if (config.grounding)
        grounding_.emplace(
            nn::Scope(parameters_, "grounding"),
            nn::Grounding::Shape{config.pocket_channels, config.ligand_channels, config.fusion_heads});
    if (config.intra_distance_bins > 0)
        ligand_distances_.emplace(nn::Scope(parameters_, "ligand_distances"),
                                  nn::LigandDistances::Shape{config.ligand_channels, config.pair_channels,
                                                             config.intra_distance_bins});
    parameters_.allocate(layout);
}

EncodedPockets AffinityModel::encode_pockets(const batch::PocketBatch& pockets, Recall recall) const {
    EncodedPockets encoded{.token_ptr = pockets.token_ptr};
    const bool blanked = pockets.input == batch::PocketInput::blanked;
    if (blanked) {
        encoded.token = pocket_encoder_.blank_tokens(pockets.pockets);  // [pockets, C]
    } else {
        const ops::Cartesian state =
            pocket_encoder_.encode(pockets.feature_row, edge_graph(pockets), pockets.token_atom);  // [T, ...]
        encoded.token = pocket_encoder_.tokens(state);                                             // [T, C]
        encoded.token_atom = pockets.token_atom;
        encoded.token_position = pockets.position_in_pocket.index_select(0, pockets.token_atom);  // [T, 3]
        if (grounding_)
            encoded.anchor = grounding_->project({encoded.token, state.v, encoded.token_position});
    }
    encoded.fusion = fusion_.project(encoded.token);
    encoded.pair = pair_readout_.project(encoded.token, blanked ? nn::kTypicalTokens : 1);
    if (memory_ && !blanked)
        encoded.recalled = memory_->recall(pockets.composition, recall == Recall::without_itself);
    encoded.retrieval = pocket_retrieval_(encoded.token, csr(pockets.token_ptr, parameters_.device()));
    return encoded;
}

Output AffinityModel::forward(const EncodedPockets& pockets, const batch::LigandBatch& ligands,
                              const ForwardOptions& options) const {
    check_pockets(pockets, ligands);
    const nn::LigandInput graph = ligand_input(ligands);
    const nn::Pairing pairing({ligands.atom_ptr, pockets.token_ptr, ligands.pocket_of_ligand},
                              parameters_.device());
    nn::Dropout dropout(config_.dropout, options.dropout_seed);

    const at::Tensor atoms = ligand_encoder_(graph, dropout);  // [A, d]
    nn::Grounded place;
    nn::SecondPass second;
    if (grounding_)
        second = [&](const at::Tensor& h) {
            place = (*grounding_)(h, pockets.anchor, pairing);
            return place.attention_bias;
        };
    const at::Tensor fused = fusion_(atoms, pockets.fusion, graph, pairing, dropout, second);  // [A, d]
    const at::Tensor pooled = pooled_readout_.pool(fused, graph.atoms_of_ligand);              // [L, 2 d]

    Output output;
    output.pair_pk = pair_readout_.sum(fused, pockets.pair, pairing, graph.atoms_of_ligand,
                                       place.gate_bias);  // [L]
    output.pooled = pooled_readout_.pk(pooled);           // [L]
    if (fingerprint_sum_)
        output.pooled =
            output.pooled + (*fingerprint_sum_)(ligands.bit, {ligands.bit_ptr, ligands.ligand_of_bit});
    output.pk = output.pair_pk + output.pooled;
    output.log_variance = pooled_readout_.log_variance(pooled);
    if (pockets.recalled) {
        const at::Tensor pocket = at::tensor(ligands.pocket_of_ligand, at::kLong).to(parameters_.device());
        output.recalled = recalled_pk(*pockets.recalled, ligands, pocket);
        output.pk = output.pk + output.recalled;
        output.log_variance = output.log_variance + pockets.recalled->log_variance.index_select(0, pocket);
    }
    output.retrieval_ligand = ligand_retrieval_(atoms, graph.atoms_of_ligand);  // [L, R]
    output.retrieval_pocket = pockets.retrieval;
    if (options.pairs || options.distance_bins) output.pair_ptr = pair_offsets(pockets, ligands);
    if (options.pairs) {
        const nn::PairReadout::Pairs pairs =
            pair_readout_.pairs(fused, pockets.pair, pairing.dense, place.gate_bias);
        output.pair_gate = pairing.dense.blocks_to_pairs(pairs.gate);
        output.pair_energy = pairing.dense.blocks_to_pairs(pairs.energy);
    }
    if (options.distance_bins)
        output.distance_logits =
            pairing.dense.blocks_to_pairs(pair_readout_.distance_logits(fused, pockets.pair, pairing.dense));
    else if (!options.distance_ligands.empty())
        output.distance_logits =
            distance_logits_of(pair_readout_, fused, pockets, ligands, options.distance_ligands);
    output.anchor = place.anchor;
    output.ligand_atom = atoms;
    output.fused_atom = fused;
    return output;
}

at::Tensor AffinityModel::intra_distance_logits(const at::Tensor& ligand_atom, const at::Tensor& first,
                                                const at::Tensor& second) const {
    if (!ligand_distances_)
        throw Error(ErrorKind::usage, "this model has no head for distances inside the ligand",
                    "set intra_distance_bins = 16 in its configuration");
    return (*ligand_distances_)(ligand_atom, first, second);
}

at::Tensor AffinityModel::retrieval_vectors(const batch::LigandBatch& ligands) const {
    const nn::LigandInput graph = ligand_input(ligands);
    nn::Dropout off;
    return ligand_retrieval_(ligand_encoder_(graph, off), graph.atoms_of_ligand);
}

}  // namespace keyway::model
