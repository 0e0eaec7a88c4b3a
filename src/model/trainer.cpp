/// One step: collate (with noise and mirror), forward with dropout, losses, backward, AdamW, EMA.
#include "model/trainer.hpp"

#include "model/checkpoint.hpp"
#include "model/losses.hpp"
#include "model/optimiser.hpp"
#include "model/scoring.hpp"
#include "model/translate.hpp"
#include "model/weights.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace keyway::model {
namespace {

constexpr std::size_t kPairsPerEvaluation = 128;  ///< bounds memory; whole pockets need not fit twice

/// The distinct (pocket, ligand) pairs of some rows; several rows may have measured the same pair.
struct DistinctPairs {
    std::vector<const LigandGraph*> ligands;
    std::vector<int> pocket_of_ligand, ligand_of_pair;  ///< indices into the batch
    std::vector<std::int64_t> pair_of_row;
};

void check_rows(const TrainBatch& batch) {
    for (const TrainBatch::Row& row : batch.rows)
        if (row.pocket < 0 || row.pocket >= static_cast<int>(batch.pockets.size()) || row.ligand < 0 ||
            row.ligand >= static_cast<int>(batch.ligands.size()) || !std::isfinite(row.pk) ||
            !(row.weight >= 0))
            throw Error(ErrorKind::failure, "a training row points outside its batch or is not finite");
}

DistinctPairs distinct_pairs(const TrainBatch& batch) {
    check_rows(batch);
    DistinctPairs pairs;
    std::map<std::pair<int, int>, std::int64_t> seen;
    for (const TrainBatch::Row& row : batch.rows) {
        const auto [it, fresh] =
            seen.try_emplace({row.pocket, row.ligand}, static_cast<std::int64_t>(pairs.ligands.size()));
        if (fresh) {
            pairs.ligands.push_back(batch.ligands[row.ligand]);
            pairs.pocket_of_ligand.push_back(row.pocket);
            pairs.ligand_of_pair.push_back(row.ligand);
        }
        pairs.pair_of_row.push_back(it->second);
    }
    return pairs;
}

class TorchTrainer : public Trainer {
public:
    TorchTrainer(const TrainerSetup& setup, const IntraOpThreads& threads)
        : options_(setup.options),
          threads_(threads),
          model_(setup.config, {.device = setup.device, .seed = setup.seed}),
          average_(setup.config, {.device = setup.device, .seed = setup.seed}),
          optimiser_(model_.parameters(), average_.parameters(), options_),
          random_(setup.seed) {
        const at::NoGradGuard no_grad;
        const auto& bias = model_.parameters().entry(kBiasName);
        model_.parameters().values().narrow(0, bias.offset, bias.count).fill_(options_.initial_pk);
        average_.parameters().values().copy_(model_.parameters().values());
    }

    StepResult step(const TrainBatch& batch, double learning_rate) override {
        threads_.apply();
        return translated("a training step", [&] { return step_untranslated(batch, learning_rate); });
    }

    std::vector<Prediction> predict(const TrainBatch& batch, PocketUse use) override {
        threads_.apply();
        return translated("predicting", [&] { return predict_untranslated(batch, use); });
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

private:
    TrainingState state() { return {model_, average_, optimiser_, random_}; }

    batch::CollateOptions collate_options() const {
        return {.edge_cutoff_angstrom = model_.config().edge_cutoff_angstrom,
                .device = model_.parameters().device()};
    }

    /// Draws the same numbers from `random_` whatever the options are, before the noise itself.
    batch::CollateOptions augmented() {
        batch::CollateOptions options = collate_options();
        if (random_.uniform() < options_.pocket_dropout) options.pocket_input = batch::PocketInput::blanked;
        if (random_.uniform() < options_.mirror_probability) options.handedness = batch::Handedness::mirrored;
        options.coordinate_noise_angstrom = options_.coordinate_noise_angstrom;
        options.random = &random_;
        return options;
    }

    struct Term {
        const char* name;
        double weight;
        at::Tensor value;
    };

    /// The terms that have a weight. `output` is by pair, losses are by row.
    std::vector<Term> loss_terms(const TrainBatch& batch, const DistinctPairs& pairs, const Output& output,
                                 const batch::CollateOptions& collating) const {
        const at::Tensor pair_of_row = at::tensor(pairs.pair_of_row, at::kLong).to(output.pk.device());
        const at::Tensor pk = output.pk.index_select(0, pair_of_row);  // [rows]
        const double delta = options_.huber_delta;
        std::vector<Term> terms;
        const auto add = [&](const char* name, double weight, auto&& loss) {
            if (weight > 0) terms.push_back({name, weight, loss()});
        };
        add("absolute", options_.absolute_weight, [&] { return absolute_loss(pk, batch.rows, delta); });
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
        add("contrast", collating.pocket_input == batch::PocketInput::blanked ? 0 : options_.contrast_weight,
            [&] {
                return contrast_loss({output.retrieval_pocket, output.retrieval_ligand,
                                      pairs.pocket_of_ligand, pairs.ligand_of_pair, batch.cluster_of_pocket});
            });
        return terms;
    }

    StepResult step_untranslated(const TrainBatch& batch, double learning_rate) {
        const DistinctPairs pairs = distinct_pairs(batch);
        const batch::CollateOptions collating = augmented();
        const std::uint64_t dropout_seed = random_.below(std::uint64_t{1} << 62);
        const batch::Batch collated =
            batch::collate(batch.pockets, pairs.ligands, pairs.pocket_of_ligand, collating);
        const Output output = model_.forward(collated, {.dropout_seed = dropout_seed});

        const std::vector<Term> terms = loss_terms(batch, pairs, output, collating);
        at::Tensor loss = at::zeros({}, output.pk.options());
        for (const Term& term : terms) loss = loss + term.weight * term.value;

        StepResult result;
        result.loss = loss.item<double>();
        for (const Term& term : terms) result.terms[term.name] = term.value.item<double>();
        if (!std::isfinite(result.loss)) {
            result.finite = false;
            return result;
        }
        model_.parameters().zero_gradients();
        loss.backward();
        const Optimiser::Outcome outcome = optimiser_.step(learning_rate);
        result.gradient_norm = outcome.gradient_norm;
        result.finite = outcome.finite;
        return result;
    }

    std::vector<Prediction> predict_untranslated(const TrainBatch& batch, PocketUse use) const {
        const DistinctPairs pairs = distinct_pairs(batch);
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
};

}  // namespace

std::unique_ptr<Trainer> make_torch_trainer(const TrainerSetup& setup, const IntraOpThreads& threads) {
    setup.config.check();
    setup.options.check();
    return std::make_unique<TorchTrainer>(setup, threads);
}

}  // namespace keyway::model
