/// Preparing, scoring, and what becomes of the predictions of several models and receptors.
#include "batch_scorer.hpp"

#include "row_writer.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <new>
#include <utility>

namespace keyway::workflows {
namespace {

void reject(ResultRow& row, const Rejection& why) {
    row.reason = why.reason;
    row.notes = why.message;
}

/// Mean of the models; the spread is that of an equal mixture of their normal distributions:
/// sd^2 = mean(sd_i^2) + mean((pk_i - pk)^2).
void combine(std::span<const model::Prediction> predictions, ResultRow& row) {
    if (predictions.size() == 1) {
        row.prediction = predictions[0];
        return;
    }
    const double count = static_cast<double>(predictions.size());
    double pk = 0, variance = 0, between = 0;
    for (const auto& prediction : predictions) pk += prediction.pk / count;
    for (const auto& prediction : predictions) {
        variance += static_cast<double>(prediction.pk_sd) * prediction.pk_sd / count;
        between += (prediction.pk - pk) * (prediction.pk - pk);
    }
    row.prediction.pk = static_cast<float>(pk);
    row.prediction.pk_sd = static_cast<float>(std::sqrt(variance + between / count));
    row.pk_sd_models = static_cast<float>(std::sqrt(between / (count - 1)));
}

}  // namespace

BatchScorer::BatchScorer(std::span<const ScreenReceptor> receptors, const ScreenOptions& options,
                         const model::Network& network)
    : shape_(options.shape),
      with_mol_block_(row_format(options) == RowFormat::sdf ? WithMolBlock::yes : WithMolBlock::no) {
    network.set_intra_op_threads(1);  // parallel over ligands instead
    std::vector<std::string> names = {options.model};
    names.insert(names.end(), options.ensemble.begin(), options.ensemble.end());
    std::vector<TrainingDomain::Model> for_domain;
    for (const auto& name : names) {
        models_.push_back(network.load(model::resolve_model(name), options.device, options.precision));
        const auto &first = models_.front()->passport(), &other = models_.back()->passport();
        if (first.pocket.to_text() != other.pocket.to_text())
            throw Error(ErrorKind::incompatible,
                        fmt::format("models '{}' and '{}' cut pockets differently ({}; {})", names.front(),
                                    name, first.pocket.to_text(), other.pocket.to_text()),
                        "models of an ensemble must share a pocket definition");
        if (!options.known.empty())
            models_.back() = with_known_compounds(std::move(models_.back()), options.known);
        encoded_.emplace_back();
        for (const auto& receptor : receptors)
            encoded_.back().push_back(models_.back()->encode(receptor.pocket));
        for_domain.push_back({model::resolve_model(name), models_.back()->passport()});
    }
    domain_.emplace(for_domain);
    for (const auto& receptor : receptors) nearest_pockets_.push_back(domain_->nearest(receptor.pocket));
}

/// Scores the whole batch at once; if that fails, each ligand on its own, so that one cannot take others
/// along.
std::vector<BatchScorer::Prediction> BatchScorer::predict(std::size_t model, std::size_t receptor,
                                                          std::span<const LigandGraph> ligands) const {
    std::vector<Prediction> results;
    try {
        for (const auto& prediction : models_[model]->predict(*encoded_[model][receptor], ligands)) {
            if (std::isfinite(prediction.pk) && std::isfinite(prediction.pk_sd))
                results.emplace_back(prediction);
            else
                results.emplace_back(Rejection{"score", "NONFINITE", "the network gave no finite number"});
        }
        return results;
    } catch (const std::exception& error) {
        if (ligands.size() == 1) {
            const bool is_memory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
            results.clear();
            results.emplace_back(
                Rejection{"score", is_memory ? "OUT_OF_MEMORY" : "SCORE_FAILED", error.what()});
            return results;
        }
    }
    results.clear();
    for (std::size_t i = 0; i < ligands.size(); ++i)
        results.push_back(predict(model, receptor, ligands.subspan(i, 1)).front());
    return results;
}

ScoredBatch BatchScorer::score(LigandBatch&& batch) const {
    ScoredBatch out;
    out.chunk = batch.chunk;
    out.records = batch.ligands.size();
    out.ends_chunk = batch.ends_chunk;
    out.read_seconds = batch.read_seconds;
    out.share_read = batch.share_read;

    std::vector<LigandGraph> graphs;
    std::vector<ResultRow> prepared_rows;
    std::vector<std::size_t> graph_of_row;  // graphs.size() and more: rejected
    auto all_prepared = batch.source->prepare_all(batch.ligands, with_mol_block_);
    for (std::size_t i = 0; i < all_prepared.size(); ++i) {
        const RawLigand& ligand = batch.ligands[i];
        PreparedLigand& prepared = all_prepared[i];
        ResultRow row;
        row.index = ligand.index;
        row.line = ligand.line;
        row.file = ligand.file;
        row.id = ligand.id;
        out.parse_seconds += prepared.parse_seconds;
        out.feature_seconds += prepared.feature_seconds;
        row.rejected_text = std::move(prepared.rejected_text);
        row.input_smiles = std::move(prepared.input_smiles);
        row.notes = std::move(prepared.notes);
        row.mol_block = std::move(prepared.mol_block);
        graph_of_row.push_back(graphs.size());
        if (!is_kept_.empty() && !is_kept_[row.index]) {
            row.reason = kSkippedByPrefilter;
        } else if (prepared.graph) {
            row.heavy_atoms = static_cast<int>(prepared.graph.value().atoms());
            row.smiles = prepared.graph.value().smiles;
            graphs.push_back(std::move(prepared.graph.value()));
        } else {
            reject(row, prepared.graph.rejection());
        }
        prepared_rows.push_back(std::move(row));
    }

    const auto start = std::chrono::steady_clock::now();
    const std::size_t receptors = encoded_.front().size();
    std::vector<std::vector<std::vector<Prediction>>> results(receptors);  // [receptor][model][graph]
    for (std::size_t receptor = 0; receptor < receptors && !graphs.empty(); ++receptor)
        for (std::size_t model = 0; model < models_.size(); ++model)
            results[receptor].push_back(predict(model, receptor, graphs));

    std::vector<NearestInTraining> nearest_ligands;
    for (const auto& graph : graphs) nearest_ligands.push_back(domain_->nearest(graph));

    std::vector<model::Prediction> of_models;
    for (std::size_t i = 0; i < prepared_rows.size(); ++i) {
        std::vector<ResultRow> scored(receptors, prepared_rows[i]);
        for (std::size_t receptor = 0; receptor < receptors; ++receptor) {
            scored[receptor].receptor = receptor;
            if (!scored[receptor].ok()) continue;
            of_models.clear();
            for (const auto& of_model : results[receptor]) {
                const auto& result = of_model[graph_of_row[i]];
                if (!result) {
                    reject(scored[receptor], result.rejection());
                    break;
                }
                of_models.push_back(result.value());
            }
            if (!scored[receptor].ok()) continue;
            combine(of_models, scored[receptor]);
            scored[receptor].domain =
                domain_->place(nearest_ligands[graph_of_row[i]], nearest_pockets_[receptor]);
        }
        add_rows(std::move(scored), out);
    }
    out.score_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return out;
}

/// One row for each receptor, or all in one: that of the best receptor, or a rejected one if any is.
void BatchScorer::add_rows(std::vector<ResultRow> scored, ScoredBatch& out) const {
    if (shape_ == RowShape::one_receptor_a_row) {
        for (auto& row : scored) out.rows.push_back(std::move(row));
        return;
    }
    std::vector<float> pk_by_receptor;
    std::size_t chosen = 0;
    for (std::size_t receptor = 0; receptor < scored.size(); ++receptor) {
        pk_by_receptor.push_back(scored[receptor].prediction.pk);
        const auto &best = scored[chosen], &row = scored[receptor];
        if (best.ok() && (!row.ok() || row.prediction.pk > best.prediction.pk)) chosen = receptor;
    }
    ResultRow& row = scored[chosen];
    row.receptor = 0;
    if (row.ok()) row.pk_by_receptor = std::move(pk_by_receptor);
    out.rows.push_back(std::move(row));
}

}  // namespace keyway::workflows
