/// What the training loop remembers from step to step; travels as text inside the checkpoint.
#pragma once

#include "keyway/core/random.hpp"
#include "keyway/model/network.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <string>

namespace keyway::workflows {

struct TrainingState {
    explicit TrainingState(std::uint64_t seed) : random(seed) {}

    int step = 0;
    Random random;  ///< order of the data
    double best_validation = std::numeric_limits<double>::quiet_NaN();
    int best_step = 0;  ///< 0: no weights yet
    int validations_without_improvement = 0;
    int skipped_in_a_row = 0;
    std::uint64_t skipped_steps = 0;
    std::uint64_t metrics_bytes = 0;  ///< length of metrics.jsonl

    /// Sums since the last line of metrics.jsonl.
    struct Sums {
        int steps = 0, skipped = 0;
        std::uint64_t rows = 0;
        double loss = 0, gradient_norm = 0;
        std::map<std::string, double> terms;
        std::map<std::string, int> steps_with_term;  ///< batches of poses and of rows have different ones
        void add(const model::StepResult& result, std::size_t batch_rows);
    } sums;

    /// Exact: numbers read back to the same bits. `from_text` throws Error(incompatible) for other text or
    /// for the checkpoint of another plan.
    std::string to_text(const std::string& plan_sha256) const;
    void from_text(const std::string& text, const std::string& plan_sha256);
};

}  // namespace keyway::workflows
