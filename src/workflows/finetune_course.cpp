/// A trainer, the model's weights, one pocket, and a few dozen steps.
#include "workflows/finetune_course.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/random.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace keyway::workflows {
namespace {

constexpr int kWarmupSteps = 5;
/// Weights are averaged over about the last ten steps: the batches of few compounds are noisy.
constexpr double kEmaDecay = 0.9;

model::OptimiserOptions optimiser_options(const FinetuneOptions& options) {
    model::OptimiserOptions optimiser;
    optimiser.learning_rate = options.learning_rate;
    optimiser.weight_decay = 0;  // the pull goes to the model's weights, not to zero
    optimiser.ema_decay = kEmaDecay;
    optimiser.absolute_weight = options.absolute_weight;
    optimiser.pairwise_weight = options.pairwise_weight;
    optimiser.memory_weight = optimiser.own_memory_dropout = 0;  // memory is of training pockets
    optimiser.variance_weight = 0;  // a few compounds say nothing about the spread
    optimiser.pocket_dropout = 0;
    optimiser.pull_weight = options.pull_weight;
    optimiser.trainable = options.trainable;
    return optimiser;
}

model::TrainBatch batch_of(const PocketGraph& pocket, const Compounds& compounds) {
    model::TrainBatch batch;
    batch.pockets = {&pocket};
    for (const KnownCompound* compound : compounds) {
        batch.rows.push_back({.ligand = static_cast<int>(batch.ligands.size()), .pk = compound->pk});
        batch.ligands.push_back(&compound->ligand);
    }
    return batch;
}

void look(const CourseInput& input, FinetuneCourse& course) {
    Compounds both = input.known;
    both.insert(both.end(), input.held_out.begin(), input.held_out.end());
    const auto all = course.trainer->predict(batch_of(input.pocket, both), model::PocketUse::full);
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(input.known.size());
    course.known.emplace_back(all.begin(), middle);
    course.held_out.emplace_back(middle, all.end());
}

}  // namespace

FinetuneCourse run_course(const CourseInput& input, const FinetuneOptions& options,
                          const model::Network& network) {
    FinetuneCourse course;
    course.trainer = network.make_trainer(model::read_passport(options.model).config,
                                          optimiser_options(options), input.seed, options.device);
    const auto found = course.trainer->load_weights(options.model);
    if (!found.missing.empty() || !found.unused.empty())
        throw Error(ErrorKind::incompatible,
                    fmt::format("{}: tensors do not fit this keyway's network: {}", options.model.string(),
                                fmt::join(found.missing.empty() ? found.unused : found.missing, ", ")));
    Random random(input.seed);
    look(input, course);
    Compounds order = input.known;
    const auto size = std::min(order.size(), static_cast<std::size_t>(options.max_compounds_per_step));
    for (int step = 0; step < input.steps; ++step) {
        if (size < order.size()) random.shuffle(order);
        const Compounds drawn(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(size));
        const double warm_up = std::min(1.0, static_cast<double>(step + 1) / kWarmupSteps);
        course.trainer->step(batch_of(input.pocket, drawn), options.learning_rate * warm_up);
        if ((step + 1) % options.check_every == 0) look(input, course);
    }
    return course;
}

std::vector<model::Prediction> with_process(const CourseInput& input,
                                            const std::vector<model::Prediction>& known,
                                            const std::vector<model::Prediction>& held_out) {
    std::vector<KnownCompound> compounds;
    for (const KnownCompound* compound : input.known) compounds.push_back(*compound);
    const KnownCorrection correction(compounds, known);
    std::vector<model::Prediction> corrected;
    for (std::size_t i = 0; i < held_out.size(); ++i)
        corrected.push_back(correction.correct(input.held_out[i]->ligand, held_out[i]));
    return corrected;
}

}  // namespace keyway::workflows
