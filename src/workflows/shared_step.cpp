/// Shares batches out, exchanges losses as JSON and gradients as floats.
#include "workflows/shared_step.hpp"

#include <nlohmann/json.hpp>

#include <limits>

namespace keyway::workflows {
namespace {

using Json = nlohmann::json;

/// Numbers read back to the same bits; one that is not finite becomes null.
Json to_json(std::size_t number, const model::TrainBatch& batch, const model::StepResult& result) {
    return {{"batch", number},         {"loss", result.loss},       {"terms", result.terms},
            {"finite", result.finite}, {"rows", batch.rows.size()}, {"pocket", batch.pockets.front()->id}};
}

std::string gradients_of_own_batches(const StepShare& share, const std::vector<DrawnBatch>& batches) {
    Json results = Json::array();
    share.trainer.start_step();
    for (auto b = static_cast<std::size_t>(share.ranks.rank()); b < batches.size();
         b += static_cast<std::size_t>(share.ranks.size())) {
        const model::TrainBatch batch = share.batch_of(batches[b].content);
        results.push_back(to_json(b, batch, share.trainer.add_gradient(batch, batches[b].seed)));
    }
    // A pocket's id may be any bytes.
    return Json{{"stop", share.stop.load()}, {"results", results}}.dump(-1, ' ', false,
                                                                        Json::error_handler_t::replace);
}

/// The mean over batches, added up in the order of the batches whoever computed them.
SharedStep mean_of(const std::vector<std::string>& texts, std::size_t count) {
    SharedStep step;
    std::vector<Json> of_batch(count);
    for (const std::string& text : texts) {
        const Json json = Json::parse(text);
        step.stop |= json.at("stop").get<bool>();
        for (const Json& result : json.at("results")) of_batch[result.at("batch")] = result;
    }
    step.first_pocket = of_batch.front().at("pocket").get<std::string>();
    for (const Json& one : of_batch) step.rows += one.at("rows").get<std::size_t>();
    const auto n = static_cast<double>(count);
    for (const Json& one : of_batch) {
        if (!one.at("finite").get<bool>()) {
            step.result = {std::numeric_limits<double>::quiet_NaN(), {}, 0, false};
            step.first_pocket = one.at("pocket").get<std::string>();
            return step;
        }
        step.result.loss += one.at("loss").get<double>() / n;
        for (const auto& [name, value] : one.at("terms").items())
            step.result.terms[name] += value.get<double>() / n;
    }
    return step;
}

}  // namespace

std::vector<DrawnBatch> draw_batches(const BatchSampler& sampler, int count, Random& random) {
    std::vector<DrawnBatch> batches(static_cast<std::size_t>(count));
    for (DrawnBatch& batch : batches) {
        batch.content = sampler.draw(random);
        batch.seed = random.below(std::uint64_t{1} << 62);
    }
    return batches;
}

SharedStep shared_step(const StepShare& share, const std::vector<DrawnBatch>& batches, double learning_rate) {
    const auto texts =
        parallel::together(share.ranks, [&] { return gradients_of_own_batches(share, batches); });
    SharedStep step = mean_of(texts, batches.size());
    if (!step.result.finite) return step;
    model::StepEnd end{.learning_rate = learning_rate, .batches = static_cast<int>(batches.size())};
    if (share.ranks.size() > 1)
        end.sum_over_processes = [&](std::span<float> gradients) { share.ranks.sum(gradients); };
    if (share.gpu_sum)
        end.sum_on_gpu = [&](std::span<float> gradients, const std::function<bool()>& is_done) {
            share.gpu_sum->sum(gradients, is_done);
        };
    const model::StepResult outcome = share.trainer.finish_step(end);
    step.result.gradient_norm = outcome.gradient_norm;
    step.result.finite = outcome.finite;
    return step;
}

}  // namespace keyway::workflows
