/// One step: collate (with noise and mirror), forward with dropout, losses, backward, AdamW, EMA.
#include "model/trainer.hpp"

#include "model/checkpoint.hpp"
#include "model/initial_weights.hpp"
#include "model/losses.hpp"
#include "model/masked_training.hpp"
#include "model/optimiser.hpp"
#include "model/pose_losses.hpp"
#include "model/pose_targets.hpp"
#include "model/scoring.hpp"
#include "model/translate.hpp"
#include "model/weights.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace keyway::model {
namespace {

constexpr std::size_t kPairsPerEvaluation = 128;  ///< bounds memory; whole pockets need not fit twice

/// The distinct (pocket, ligand) pairs of some rows; several rows may have measured the same pair.
struct DistinctPairs {
    std::vector<const LigandGraph*> ligands;
    std::vector<int> pocket_of_ligand, ligand_of_pair;  ///< indices into the batch
    std::vector<std::int64_t> pair_of_row;
    std::vector<std::int64_t> pair_of_pose;  ///< empty where poses are left out
};

/// For each ligand of the batch one of its pairs, or -1.
std::vector<std::int64_t> a_pair_of_each_ligand(const DistinctPairs& pairs, std::size_t ligands) {
    std::vector<std::int64_t> pair(ligands, -1);
    for (std::size_t k = 0; k < pairs.ligand_of_pair.size(); ++k)
        pair[static_cast<std::size_t>(pairs.ligand_of_pair[k])] = static_cast<std::int64_t>(k);
    return pair;
}

enum class Poses { left_out, included };

void check_batch(const TrainBatch& batch) {
    check_geometry(batch);
    for (const TrainBatch::Row& row : batch.rows)
        if (row.pocket < 0 || row.pocket >= static_cast<int>(batch.pockets.size()) || row.ligand < 0 ||
            row.ligand >= static_cast<int>(batch.ligands.size()) || !std::isfinite(row.pk) ||
            !(row.weight >= 0))
            throw Error(ErrorKind::failure, "a training row points outside its batch or is not finite");
}

DistinctPairs distinct_pairs(const TrainBatch& batch, Poses poses) {
    check_batch(batch);
    DistinctPairs pairs;
    std::map<std::pair<int, int>, std::int64_t> seen;
    const auto pair_of = [&](int pocket, int ligand) {
        const auto [it, fresh] =
            seen.try_emplace({pocket, ligand}, static_cast<std::int64_t>(pairs.ligands.size()));
        if (fresh) {
            pairs.ligands.push_back(batch.ligands[ligand]);
            pairs.pocket_of_ligand.push_back(pocket);
            pairs.ligand_of_pair.push_back(ligand);
        }
        return it->second;
    };
    for (const TrainBatch::Row& row : batch.rows)
        pairs.pair_of_row.push_back(pair_of(row.pocket, row.ligand));
    if (poses == Poses::left_out) return pairs;
    for (const TrainBatch::Pose& pose : batch.poses)
        pairs.pair_of_pose.push_back(pair_of(pose.pocket, pose.ligand));
    return pairs;
}

/// On LibTorch's current stream, which keyway never moves away from CUDA's default one.
void sum_on_gpu(const at::Tensor& gradients, const StepEnd& end) {
    const c10::DeviceGuard current(gradients.device());
    const c10::Stream stream =
        c10::impl::VirtualGuardImpl(c10::DeviceType::CUDA).getStream(gradients.device());
    if (stream.id() != 0) throw Error(ErrorKind::failure, "LibTorch is not on CUDA's default stream");
    end.sum_on_gpu({static_cast<float*>(gradients.data_ptr()), static_cast<std::size_t>(gradients.numel())},
                   [&] { return stream.query(); });
}

/// The mean over the batches of all processes, in place.
void combine(const at::Tensor& gradients, const StepEnd& end) {
    const at::NoGradGuard no_grad;
    if (end.sum_on_gpu && gradients.is_cuda()) {
        sum_on_gpu(gradients, end);
    } else if (end.sum_over_processes) {
        const at::Tensor host = gradients.to(at::kCPU);  // the arena itself, or a copy from the device
        end.sum_over_processes(
            {static_cast<float*>(host.data_ptr()), static_cast<std::size_t>(host.numel())});
        if (!gradients.device().is_cpu()) gradients.copy_(host);
    }
    if (end.batches > 1) gradients.div_(static_cast<double>(end.batches));
}

class TorchTrainer : public Trainer {
public:
    TorchTrainer(const TrainerSetup& setup, const IntraOpThreads& threads)
        : options_(setup.options),
          threads_(threads),
          model_(setup.config, {.device = setup.device, .seed = setup.seed}),
          average_(setup.config, {.device = setup.device, .seed = setup.seed}),
          optimiser_(only(model_.parameters(), options_.trainable), average_.parameters(), options_),
          random_(setup.seed) {
        const at::NoGradGuard no_grad;
        const auto& bias = model_.parameters().entry(kBiasName);
        model_.parameters().values().narrow(0, bias.offset, bias.count).fill_(options_.initial_pk);
        average_.parameters().values().copy_(model_.parameters().values());
        if (options_.mask_weight > 0)
            masked_.emplace(setup.config, model_.parameters(), setup.seed, options_);
    }

    StepResult step(const TrainBatch& batch, double learning_rate) override {
        threads_.apply();
        return translated("a training step", [&] { return step_untranslated(batch, learning_rate); });
    }

    void start_step() override { zero_gradients(); }

    StepResult add_gradient(const TrainBatch& batch, std::uint64_t seed) override {
        threads_.apply();
        Random random(seed);
        return translated("a training step", [&] { return add_gradient_untranslated(batch, random); });
    }

    StepResult finish_step(const StepEnd& end) override {
        threads_.apply();
        return translated("a training step", [&] { return finish_untranslated(end); });
    }

    std::vector<Prediction> predict(const TrainBatch& batch, PocketUse use) override {
        threads_.apply();
        return translated("predicting", [&] { return predict_untranslated(batch, use); });
    }

    PoseMetrics evaluate_poses(const TrainBatch& batch) override {
        threads_.apply();
        return translated("placing ligands", [&] { return evaluate_poses_untranslated(batch); });
    }

    MaskedResult predict_masked(const TrainBatch& batch, MaskedView view, std::uint64_t seed) override {
        threads_.apply();
        if (!masked_) throw Error(ErrorKind::failure, "this trainer has no heads for hidden parts");
        return translated("guessing hidden parts", [&] {
            const DistinctPairs pairs = distinct_pairs(batch, Poses::left_out);
            return masked_->guess(average_, {batch.pockets, pairs.ligands, pairs.pocket_of_ligand},
                                  {options_.mask_share, view, seed}, collate_options());
        });
    }

    std::uint64_t parameter_count() const override {
        return static_cast<std::uint64_t>(model_.parameters().count());
    }

    void save_weights(const std::filesystem::path& path, Passport passport) override {
        threads_.apply();
        translated("saving weights", [&] { save_model(average_, std::move(passport), path); });
    }

    void save_checkpoint(const std::filesystem::path& path, const std::string& caller_state) override {
        translated("saving a checkpoint", [&] { write_checkpoint(path, state(), caller_state); });
    }

    std::string load_checkpoint(const std::filesystem::path& path) override {
        return translated("loading a checkpoint", [&] { return read_checkpoint(path, state()); });
    }

    StartingWeights load_weights(const std::filesystem::path& path) override {
        return translated("loading weights", [&] {
            StartingWeights found = fill_from_weights(model_.parameters(), path);
            const at::NoGradGuard no_grad;
            average_.parameters().values().copy_(model_.parameters().values());
            start_ = model_.parameters().values().clone();
            return found;
        });
    }

    void remember(std::span<const PocketGraph* const> pockets) override {
        threads_.apply();
        const auto slots = static_cast<std::size_t>(model_.config().remembered_pockets);
        if (pockets.size() > slots)
            throw Error(ErrorKind::failure, "the network can remember " + std::to_string(slots) +
                                                " pockets, got " + std::to_string(pockets.size()));
        if (pockets.empty()) return;
        translated("remembering pockets", [&] {
            const at::NoGradGuard no_grad;
            const at::Tensor composition = batch::collate_pockets(pockets, collate_options()).composition;
            for (const AffinityModel* model : {&model_, &average_})
                model->parameters()
                    .entry(kMemoryKeyName)
                    .value.detach()
                    .narrow(0, 0, composition.size(0))
                    .copy_(composition);
        });
    }

private:
    void zero_gradients() const {
        model_.parameters().zero_gradients();
        if (masked_) masked_->zero_gradients();
    }

    TrainingState state() {
        TrainingState state{model_, average_, optimiser_, random_};
        if (masked_) state.further = masked_->arrays();
        return state;
    }

    batch::CollateOptions collate_options() const {
        return {.edge_cutoff_angstrom = model_.config().edge_cutoff_angstrom,
                .device = model_.parameters().device()};
    }

    /// Draws the same numbers from `random` whatever the options are, before the noise itself.
    batch::CollateOptions augmented(Random& random) const {
        batch::CollateOptions options = collate_options();
        if (random.uniform() < options_.pocket_dropout) options.pocket_input = batch::PocketInput::blanked;
        if (random.uniform() < options_.mirror_probability) options.handedness = batch::Handedness::mirrored;
        options.coordinate_noise_angstrom = options_.coordinate_noise_angstrom;
        options.random = &random;
        return options;
    }

    struct Term {
        const char* name;
        double weight;
        at::Tensor value;
    };

    /// The terms that have a weight. `output` is by pair, losses are by row.
    std::vector<Term> affinity_terms(const TrainBatch& batch, const DistinctPairs& pairs,
                                     const Output& output, const batch::CollateOptions& collating) const {
        const at::Tensor pair_of_row = at::tensor(pairs.pair_of_row, at::kLong).to(output.pk.device());
        const at::Tensor pk = output.pk.index_select(0, pair_of_row);  // [rows]
        const double delta = options_.huber_delta;
        std::vector<Term> terms;
        const auto add_any = [&](const char* name, double weight, auto&& loss) {
            if (weight > 0) terms.push_back({name, weight, loss()});
        };
        const auto add = [&](const char* name, double weight, auto&& loss) {  // a batch of poses has no rows
            if (!batch.rows.empty()) add_any(name, weight, loss);
        };
        add("absolute", options_.absolute_weight, [&] { return absolute_loss(pk, batch.rows, delta); });
        add("memory", output.recalled.defined() ? options_.memory_weight : 0, [&] {
            const at::Tensor own = output.recalled.index_select(0, pair_of_row);
            return absolute_loss((pk - own).detach() + own, batch.rows, delta);
        });
        add("pairwise", options_.pairwise_weight, [&] { return pairwise_loss(pk, batch.rows, delta); });
        add("listwise", options_.listwise_weight, [&] { return listwise_loss(pk, batch.rows); });
        add("selectivity", options_.selectivity_weight,
            [&] { return selectivity_loss(pk, batch.rows, delta); });
        add("variance", options_.variance_weight,
            [&] { return variance_loss(pk, output.log_variance.index_select(0, pair_of_row), batch.rows); });
        add("retrieval", options_.retrieval_weight, [&] {
            std::vector<std::int64_t> pocket_of_row;
            for (const TrainBatch::Row& row : batch.rows) pocket_of_row.push_back(row.pocket);
            const at::Tensor pocket = output.retrieval_pocket.index_select(
                0, at::tensor(pocket_of_row, at::kLong).to(output.pk.device()));  // [rows, R]
            return retrieval_loss({pocket, output.retrieval_ligand.index_select(0, pair_of_row)}, pk,
                                  batch.rows, delta);
        });
        // Blanked pockets are all the same: nothing to tell apart.
        add_any(
            "contrast", collating.pocket_input == batch::PocketInput::blanked ? 0 : options_.contrast_weight,
            [&] {
                return contrast_loss({output.retrieval_pocket, output.retrieval_ligand,
                                      pairs.pocket_of_ligand, pairs.ligand_of_pair, batch.cluster_of_pocket});
            });
        return terms;
    }

    bool wants_poses() const {
        return options_.anchor_weight > 0 || options_.distance_weight > 0 ||
               options_.intra_distance_weight > 0;
    }

    /// Of known poses; distances inside ligands are known without a pocket too.
    std::vector<Term> geometry_terms(const TrainBatch& batch, const DistinctPairs& pairs,
                                     const PoseTargets& poses, const batch::LigandBatch& ligands,
                                     const EncodedPockets& pockets, const Output& output) const {
        const ModelConfig& config = model_.config();
        std::vector<Term> terms;
        if (options_.anchor_weight > 0 && !poses.empty())
            terms.push_back({"anchor", options_.anchor_weight,
                             anchor_loss(output.anchor.index_select(0, poses.atom), poses.position)});
        if (options_.distance_weight > 0 && !poses.empty())
            terms.push_back({"distance", options_.distance_weight,
                             distance_bin_loss(output.distance_logits, token_distances(poses, pockets),
                                               pocket_distance_bins(config.distance_bins))});
        if (options_.intra_distance_weight > 0) {
            const AtomPairs inside =
                atom_pairs(poses, batch, a_pair_of_each_ligand(pairs, batch.ligands.size()), ligands);
            if (inside.distance.size(0) > 0)
                terms.push_back(
                    {"intra_distance", options_.intra_distance_weight,
                     distance_bin_loss(
                         model_.intra_distance_logits(output.ligand_atom, inside.first, inside.second),
                         inside.distance, ligand_distance_bins(config.intra_distance_bins))});
        }
        return terms;
    }

    StepResult step_untranslated(const TrainBatch& batch, double learning_rate) {
        zero_gradients();
        StepResult result = add_gradient_untranslated(batch, random_);
        if (!result.finite) return result;
        const StepResult end = finish_untranslated({.learning_rate = learning_rate});
        result.gradient_norm = end.gradient_norm;
        result.finite = end.finite;
        return result;
    }

    StepResult add_gradient_untranslated(const TrainBatch& batch, Random& random) {
        batch::CollateOptions collating = augmented(random);
        const std::uint64_t dropout_seed = random.below(std::uint64_t{1} << 62);
        Recall recall = Recall::all;
        if (model_.config().remembered_pockets > 0 && options_.own_memory_dropout > 0 &&
            random.uniform() < options_.own_memory_dropout)
            recall = Recall::without_itself;
        // A blanked pocket has no place for a ligand to lie in.
        if (batch.rows.empty()) collating.pocket_input = batch::PocketInput::full;
        const bool posed =
            batch.rows.empty() || (wants_poses() && collating.pocket_input == batch::PocketInput::full);
        const DistinctPairs pairs = distinct_pairs(batch, posed ? Poses::included : Poses::left_out);
        const MaskedTraining::Pairs all{batch.pockets, pairs.ligands, pairs.pocket_of_ligand};
        const auto hidden = masked_ ? std::optional(masked_->hide(all, random, collating)) : std::nullopt;
        const batch::Batch collated =
            hidden ? batch::collate(hidden->pocket_pointers(), hidden->ligand_pointers(),
                                    pairs.pocket_of_ligand, collating)
                   : batch::collate(batch.pockets, pairs.ligands, pairs.pocket_of_ligand, collating);
        const PoseTargets poses =
            pose_targets(batch, pairs.pair_of_pose, collated.ligands, collating.handedness);
        const EncodedPockets pockets = model_.encode_pockets(collated.pockets, recall);
        ForwardOptions forward{.dropout_seed = dropout_seed};
        if (options_.distance_weight > 0) forward.distance_ligands = poses.ligand;
        const Output output = model_.forward(pockets, collated.ligands, forward);

        std::vector<Term> terms = affinity_terms(batch, pairs, output, collating);
        for (Term& term : geometry_terms(batch, pairs, poses, collated.ligands, pockets, output))
            terms.push_back(std::move(term));
        if (hidden)
            for (const auto& [name, loss] : masked_->losses(pockets, collated.ligands, output, *hidden))
                terms.push_back({name, options_.mask_weight, loss});
        if (terms.empty() && !batch.rows.empty()) return {};  // what teaches needs the pocket: it is blanked
        if (terms.empty())
            throw Error(ErrorKind::failure, "no loss has anything to say about a training batch",
                        "a batch of poses needs anchor_weight, distance_weight or intra_distance_weight");
        at::Tensor loss = at::zeros({}, output.pk.options());
        for (const Term& term : terms) loss = loss + batch.loss_weight * term.weight * term.value;

        StepResult result;
        result.loss = loss.item<double>();
        for (const Term& term : terms) result.terms[term.name] = term.value.item<double>();
        result.finite = std::isfinite(result.loss);
        if (result.finite) loss.backward();
        return result;
    }

    StepResult finish_untranslated(const StepEnd& end) {
        combine(model_.parameters().gradients(), end);
        if (masked_) combine(masked_->gradients(), end);
        if (start_.defined() && options_.pull_weight > 0)
            pull_towards(start_, model_.parameters(), options_.pull_weight);
        const Optimiser::Outcome outcome = optimiser_.step(end.learning_rate);
        StepResult result;
        result.gradient_norm = outcome.gradient_norm;
        result.finite = outcome.finite;
        if (masked_ && outcome.finite) masked_->step(end.learning_rate, optimiser_.steps());
        return result;
    }

    PoseMetrics evaluate_poses_untranslated(const TrainBatch& batch) const {
        PoseMetrics metrics;
        if (batch.poses.empty()) return metrics;
        const at::NoGradGuard no_grad;
        TrainBatch only_poses = batch;
        only_poses.rows.clear();
        const DistinctPairs pairs = distinct_pairs(only_poses, Poses::included);
        const batch::Batch collated =
            batch::collate(batch.pockets, pairs.ligands, pairs.pocket_of_ligand, collate_options());
        const PoseTargets poses =
            pose_targets(batch, pairs.pair_of_pose, collated.ligands, batch::Handedness::natural);
        const EncodedPockets pockets = average_.encode_pockets(collated.pockets);
        const Output output = average_.forward(pockets, collated.ligands, {.distance_ligands = poses.ligand});

        const auto errors = [&](const at::Tensor& place) {  // [P, 3] -> by atom
            const at::Tensor length =
                (place - poses.position).square().sum(1).sqrt().to(at::kCPU).contiguous();
            return std::vector<float>(length.data_ptr<float>(), length.data_ptr<float>() + length.numel());
        };
        if (output.anchor.defined())
            metrics.anchor_error_angstrom = errors(output.anchor.index_select(0, poses.atom));
        std::vector<at::Tensor> centre;
        for (std::size_t k = 0; k < poses.ligand.size(); ++k) {
            const std::int64_t first = pockets.token_ptr[poses.pocket[k]],
                               tokens = pockets.token_ptr[poses.pocket[k] + 1] - first;
            centre.push_back(pockets.token_position.narrow(0, first, tokens)
                                 .mean(0, true)
                                 .expand({poses.atom_ptr[k + 1] - poses.atom_ptr[k], 3}));
        }
        metrics.centroid_error_angstrom = errors(at::cat(centre));
        metrics.distance_loss = distance_bin_loss(output.distance_logits, token_distances(poses, pockets),
                                                  pocket_distance_bins(average_.config().distance_bins))
                                    .item<double>();
        return metrics;
    }

    std::vector<Prediction> predict_untranslated(const TrainBatch& batch, PocketUse use) const {
        const DistinctPairs pairs = distinct_pairs(batch, Poses::left_out);
        const at::NoGradGuard no_grad;
        batch::CollateOptions options = collate_options();
        if (use == PocketUse::blanked) options.pocket_input = batch::PocketInput::blanked;
        const EncodedPockets pockets =
            average_.encode_pockets(batch::collate_pockets(batch.pockets, options));
        std::vector<Prediction> of_pair;
        for (std::size_t begin = 0; begin < pairs.ligands.size(); begin += kPairsPerEvaluation) {
            const std::size_t size = std::min(kPairsPerEvaluation, pairs.ligands.size() - begin);
            const batch::LigandBatch ligands =
                batch::collate_ligands(std::span(pairs.ligands).subspan(begin, size),
                                       std::span(pairs.pocket_of_ligand).subspan(begin, size), options);
            const auto some = predictions_of(average_.forward(pockets, ligands));
            of_pair.insert(of_pair.end(), some.begin(), some.end());
        }
        std::vector<Prediction> of_row;
        for (const std::int64_t pair : pairs.pair_of_row)
            of_row.push_back(of_pair[static_cast<std::size_t>(pair)]);
        return of_row;
    }

    OptimiserOptions options_;
    const IntraOpThreads& threads_;
    AffinityModel model_, average_;  // `average_` holds the EMA of the weights
    Optimiser optimiser_;
    Random random_;
    std::optional<MaskedTraining> masked_;  ///< with `mask_weight`
    at::Tensor start_;                      ///< [count] of `load_weights`; undefined without
};

}  // namespace

std::unique_ptr<Trainer> make_torch_trainer(const TrainerSetup& setup, const IntraOpThreads& threads) {
    setup.config.check();
    setup.options.check();
    if (setup.options.anchor_weight > 0 && !setup.config.grounding)
        throw Error(ErrorKind::usage, "anchor_weight needs a grounded model",
                    "set grounding = true in the model configuration");
    if (setup.options.intra_distance_weight > 0 && setup.config.intra_distance_bins == 0)
        throw Error(ErrorKind::usage, "intra_distance_weight needs a model with that head",
                    "set intra_distance_bins = 16 in the model configuration");
    return std::make_unique<TorchTrainer>(setup, threads);
}

}  // namespace keyway::model
