/// Hide, guess, and move the heads with the network.
#include "model/masked_training.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace keyway::model {

MaskedTraining::MaskedTraining(const ModelConfig& config, const nn::Parameters& like, std::uint64_t seed,
                               const OptimiserOptions& options)
    : options_(options) {
    const nn::Parameters::Layout layout{.dtype = like.dtype(), .device = like.device(), .seed = seed};
    heads_ = std::make_unique<MaskedHeads>(config, layout);
    average_ = std::make_unique<MaskedHeads>(config, layout);
    optimiser_ = std::make_unique<Optimiser>(heads_->parameters(), average_->parameters(), options_);
}

MaskedInput MaskedTraining::hide(const Pairs& pairs, Random& random,
                                 const batch::CollateOptions& collating) const {
    const bool blanked = collating.pocket_input == batch::PocketInput::blanked;
    return mask(pairs.pockets, pairs.ligands, pairs.pocket_of_ligand,
                {.share = options_.mask_share,
                 .view = blanked ? MaskedView::pocket_blanked : MaskedView::both,
                 .seed = random.below(std::uint64_t{1} << 62)});
}

std::vector<std::pair<const char*, at::Tensor>> MaskedTraining::losses(const EncodedPockets& pockets,
                                                                       const batch::LigandBatch& ligands,
                                                                       const Output& output,
                                                                       const MaskedInput& hidden) const {
    const MaskedLosses losses =
        masked_losses((*heads_)({pockets.token, output.fused_atom, ligands.atom_ptr}, hidden), hidden);
    std::vector<std::pair<const char*, at::Tensor>> terms;
    for (const auto& term : {std::pair{"masked_residue", losses.residue_type},
                             {"masked_element", losses.element},
                             {"masked_hydrogens", losses.hydrogens}})
        if (term.second.defined()) terms.push_back(term);
    return terms;
}

void MaskedTraining::step(double learning_rate, std::int64_t steps) {
    optimiser_->set_steps(steps - 1);
    optimiser_->step(learning_rate);
}

MaskedResult MaskedTraining::guess(const AffinityModel& model, const Pairs& pairs,
                                   const MaskingOptions& options, batch::CollateOptions collating) const {
    const at::NoGradGuard no_grad;
    if (options.view == MaskedView::pocket_blanked) collating.pocket_input = batch::PocketInput::blanked;
    const MaskedInput hidden = mask(pairs.pockets, pairs.ligands, pairs.pocket_of_ligand, options);
    const batch::Batch collated =
        batch::collate(hidden.pocket_pointers(), hidden.ligand_pointers(), pairs.pocket_of_ligand, collating);
    const EncodedPockets pockets = model.encode_pockets(collated.pockets);
    const Output output = model.forward(pockets, collated.ligands);
    return masked_result((*average_)({pockets.token, output.fused_atom, collated.ligands.atom_ptr}, hidden),
                         hidden);
}

std::vector<std::pair<const char*, at::Tensor>> MaskedTraining::arrays() const {
    return {{"masked_weights", heads_->parameters().values()},
            {"masked_average", average_->parameters().values()},
            {"masked_first_moment", optimiser_->first_moment()},
            {"masked_second_moment", optimiser_->second_moment()}};
}

}  // namespace keyway::model
