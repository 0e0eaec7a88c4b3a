/// Training state as JSON.
#include "workflows/training_state.hpp"

#include "keyway/core/error.hpp"

#include <nlohmann/json.hpp>

namespace keyway::workflows {

void TrainingState::Sums::add(const model::StepResult& result, std::size_t batch_rows) {
    if (!result.finite) {
        ++skipped;
        return;
    }
    ++steps;
    rows += batch_rows;
    loss += result.loss;
    gradient_norm += result.gradient_norm;
    for (const auto& [name, value] : result.terms) {
        terms[name] += value;
        ++steps_with_term[name];
    }
}

std::string TrainingState::to_text(const std::string& plan_sha256) const {
    nlohmann::ordered_json json = {{"plan", plan_sha256},
                                   {"step", step},
                                   {"random", random.state()},
                                   {"best_validation", best_validation},  // null for NaN
                                   {"best_step", best_step},
                                   {"validations_without_improvement", validations_without_improvement},
                                   {"skipped_in_a_row", skipped_in_a_row},
                                   {"skipped_steps", skipped_steps},
                                   {"metrics_bytes", metrics_bytes},
                                   {"sums",
                                    {{"steps", sums.steps},
                                     {"skipped", sums.skipped},
                                     {"rows", sums.rows},
                                     {"loss", sums.loss},
                                     {"gradient_norm", sums.gradient_norm},
                                     {"terms", sums.terms},
                                     {"steps_with_term", sums.steps_with_term}}}};
    return json.dump();
}

void TrainingState::from_text(const std::string& text, const std::string& plan_sha256) {
    try {
        const auto json = nlohmann::json::parse(text);
        if (json.at("plan") != plan_sha256)
            throw Error(ErrorKind::incompatible, "the checkpoint belongs to another plan",
                        "start anew with --overwrite");
        json.at("step").get_to(step);
        random.restore(json.at("random").get<std::string>());
        const auto& best = json.at("best_validation");
        best_validation = best.is_null() ? std::numeric_limits<double>::quiet_NaN() : best.get<double>();
        json.at("best_step").get_to(best_step);
        json.at("validations_without_improvement").get_to(validations_without_improvement);
        json.at("skipped_in_a_row").get_to(skipped_in_a_row);
        json.at("skipped_steps").get_to(skipped_steps);
        json.at("metrics_bytes").get_to(metrics_bytes);
        const auto& saved = json.at("sums");
        saved.at("steps").get_to(sums.steps);
        saved.at("skipped").get_to(sums.skipped);
        saved.at("rows").get_to(sums.rows);
        saved.at("loss").get_to(sums.loss);
        saved.at("gradient_norm").get_to(sums.gradient_norm);
        saved.at("terms").get_to(sums.terms);
        saved.at("steps_with_term").get_to(sums.steps_with_term);
    } catch (const nlohmann::json::exception& error) {
        throw Error(ErrorKind::incompatible,
                    std::string("the checkpoint's training state cannot be read: ") + error.what());
    }
}

}  // namespace keyway::workflows
