/// Scores chunks of one pocket's ligands on a pool of threads; looks up baselines.
#include "workflows/evaluation_predictions.hpp"

#include "workflows/thread_count.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/ordered_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <mutex>

namespace keyway::workflows {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
/// Bounds the memory of one call; scores do not depend on it.
constexpr std::size_t kLigandsPerCall = 256;

/// The rows of one pocket.
struct PocketRows {
    int pocket = 0;
    std::vector<int> rows;
    std::string family;  ///< cluster, else protein, else the pocket itself
};

std::vector<PocketRows> rows_by_pocket(const LabelledData& data) {
    std::map<int, PocketRows> by_pocket;
    for (std::size_t i = 0; i < data.rows.size(); ++i) {
        const auto& row = data.rows[i];
        auto& entry = by_pocket[row.pocket];
        entry.pocket = row.pocket;
        entry.rows.push_back(static_cast<int>(i));
        if (row.cluster >= 0)
            entry.family = "cluster " + data.name(row.cluster);
        else if (row.protein >= 0)
            entry.family = "protein " + data.name(row.protein);
        else
            entry.family = "pocket " + data.pocket_id(row.pocket);
    }
    std::vector<PocketRows> list;
    for (auto& [pocket, entry] : by_pocket) list.push_back(std::move(entry));
    return list;
}

/// A stretch of one pocket's rows and what the network says about them.
struct Chunk {
    std::vector<int> rows;
    std::vector<model::Prediction> full, blanked, swapped;
};

/// Encodings of one pocket, made on first use and shared by its chunks.
class Encoded {
public:
    Encoded(const model::Predictor& predictor, const PocketGraph& pocket, model::PocketUse use)
        : predictor_(predictor), pocket_(pocket), use_(use) {}
    const model::EncodedPocket& get() {
        std::call_once(once_, [&] { encoded_ = predictor_.encode(pocket_, use_); });
        return *encoded_;
    }

private:
    const model::Predictor& predictor_;
    const PocketGraph& pocket_;
    model::PocketUse use_;
    std::once_flag once_;
    std::shared_ptr<const model::EncodedPocket> encoded_;
};

}  // namespace

void predict_with_network(const EvaluateOptions& options, const model::Predictor& predictor,
                          LabelledData& data, const Context& context, EvaluateResult& result) {
    const std::vector<PocketRows> pockets = rows_by_pocket(data);
    std::vector<std::string> families;
    for (const auto& entry : pockets) families.push_back(entry.family);
    const std::vector<int> partner = swapped_pockets(families, options.seed);
    if (partner.empty())
        result.notes.push_back(
            "pocket_swapped is left out: all rows belong to one protein family, so there is no foreign "
            "pocket");

    // Graphs are read here, on one thread: HDF5 is not thread-safe.
    for (const auto& row : data.rows) data.ligand(row.ligand);
    std::vector<std::unique_ptr<Encoded>> full, blanked;
    for (const auto& entry : pockets) {
        full.push_back(
            std::make_unique<Encoded>(predictor, data.pocket(entry.pocket), model::PocketUse::full));
        blanked.push_back(
            std::make_unique<Encoded>(predictor, data.pocket(entry.pocket), model::PocketUse::blanked));
    }

    using Work = std::pair<std::size_t, std::vector<int>>;  // position in `pockets`, rows
    std::vector<Work> work;
    for (std::size_t p = 0; p < pockets.size(); ++p)
        for (std::size_t begin = 0; begin < pockets[p].rows.size(); begin += kLigandsPerCall) {
            const auto& rows = pockets[p].rows;
            const std::size_t end = std::min(begin + kLigandsPerCall, rows.size());
            work.emplace_back(p, std::vector<int>(rows.begin() + static_cast<std::ptrdiff_t>(begin),
                                                  rows.begin() + static_cast<std::ptrdiff_t>(end)));
        }

    const auto score = [&](Work&& item, std::size_t) {
        std::vector<LigandGraph> ligands;
        for (int row : item.second)
            ligands.push_back(data.ligand(data.rows[static_cast<std::size_t>(row)].ligand));
        Chunk chunk{std::move(item.second), {}, {}, {}};
        chunk.full = predictor.predict(full[item.first]->get(), ligands);
        chunk.blanked = predictor.predict(blanked[item.first]->get(), ligands);
        if (!partner.empty())
            chunk.swapped =
                predictor.predict(full[static_cast<std::size_t>(partner[item.first])]->get(), ligands);
        return chunk;
    };
    std::uint64_t done = 0;
    const auto store = [&](Chunk&& chunk) {
        for (std::size_t i = 0; i < chunk.rows.size(); ++i) {
            auto& row = result.table[static_cast<std::size_t>(chunk.rows[i])];
            row.pk_pred = chunk.full[i].pk;
            row.pk_sd = chunk.full[i].pk_sd;
            row.baselines["pocket_blanked"] = chunk.blanked[i].pk;
            if (!chunk.swapped.empty()) row.baselines["pocket_swapped"] = chunk.swapped[i].pk;
        }
        done += chunk.rows.size();
        context.progress.update(done);
        return !context.stop.load();
    };
    std::size_t next = 0;
    context.progress.start("scoring", "rows", data.rows.size());
    const std::size_t workers = static_cast<std::size_t>(thread_count(options.threads));
    ordered_map<Work, Chunk>(
        workers, 2 * workers,
        [&]() -> std::optional<Work> {
            return next < work.size() ? std::optional<Work>(std::move(work[next++])) : std::nullopt;
        },
        score, store);
    context.progress.finish();
    if (context.stop.load())
        throw Error(ErrorKind::interrupted, "evaluation was interrupted", "run the command again");
}

std::optional<TrainingReference> read_training_reference(const EvaluateOptions& options,
                                                         const LabelledData& data, const Context& context) {
    if (options.training_data.empty()) return std::nullopt;
    LabelledData training(options.training_data, context.log);
    if (!options.split_file.empty()) apply_split_file(training, options.split_file);
    if (training.passport().feature_version != data.passport().feature_version)
        throw Error(ErrorKind::incompatible,
                    "the training data has another feature version than the evaluated data");
    return TrainingReference(training);
}

void predict_without_network(const EvaluateOptions& options, const TrainingReference* reference,
                             LabelledData& data, EvaluateResult& result) {
    for (std::size_t i = 0; i < data.rows.size(); ++i) {
        result.table[i].baselines["heavy_atoms"] =
            static_cast<double>(data.ligand(data.rows[i].ligand).atoms());
        result.table[i].nearest_train_similarity = kNan;
    }
    if (!reference) {
        result.notes.push_back(
            "target_mean and nearest_neighbour are left out, and heavy_atoms has no RMSE: no training data "
            "was given (--training-data)");
        return;
    }
    std::size_t next = 0;
    const std::size_t workers = static_cast<std::size_t>(thread_count(options.threads));
    ordered_map<std::size_t, std::pair<std::size_t, TrainingReference::Neighbours>>(
        workers, 4 * workers,
        [&]() -> std::optional<std::size_t> {
            return next < data.rows.size() ? std::optional(next++) : std::nullopt;
        },
        [&](std::size_t&& i, std::size_t) {  // ligands were read before, on one thread
            return std::pair(i, reference->neighbours(data.ligand(data.rows[i].ligand).fingerprint));
        },
        [&](auto&& found) {
            auto& row = result.table[found.first];
            const auto& source = data.rows[found.first];
            row.baselines["nearest_neighbour"] = found.second.pk;
            row.nearest_train_similarity = found.second.similarity;
            row.baselines["target_mean"] =
                reference->target_mean(source.protein < 0 ? "" : data.name(source.protein),
                                       source.cluster < 0 ? "" : data.name(source.cluster));
            return true;
        });
    result.notes.push_back(
        fmt::format("target_mean and nearest_neighbour come from {} training rows ({} compounds); "
                    "target_mean is constant within most groups, where its rank correlation is undefined",
                    reference->row_count(), reference->compound_count()));
}

}  // namespace keyway::workflows
