/// Preparing, scoring, and what becomes of the predictions for several receptors.
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

}  // namespace

BatchScorer::BatchScorer(std::span<const ScreenReceptor> receptors, const ScreenOptions& options,
                         const model::Network& network)
    : shape_(options.shape),
      with_mol_block_(row_format(options) == RowFormat::sdf ? WithMolBlock::yes : WithMolBlock::no) {
    network.set_intra_op_threads(1);  // parallel over ligands instead
    const auto names = all_models(options.model, options.ensemble);
    models_ = load_ensemble(names, options.device, options.precision, network);
    for (const auto& receptor : receptors) encoded_.push_back(models_->encode(receptor.pocket));
    if (!options.known.empty()) {
        std::vector<LigandGraph> ligands;
        for (const auto& compound : options.known) ligands.push_back(compound.ligand);
        for (const auto& encoded : encoded_)
            corrections_.emplace_back(options.known, models_->predict(*encoded, ligands));
    }
    domain_.emplace(domain_of(*models_, names));
    for (const auto& receptor : receptors) nearest_pockets_.push_back(domain_->nearest(receptor.pocket));
}

/// Scores the whole batch at once; if that fails, each ligand on its own, so that one cannot take others
/// along.
std::vector<BatchScorer::Prediction> BatchScorer::predict(std::size_t receptor,
                                                          std::span<const LigandGraph> ligands) const {
    std::vector<Prediction> results;
    try {
        auto mixtures = models_->mixtures(*encoded_[receptor], ligands);
        for (std::size_t i = 0; i < mixtures.size(); ++i) {
            auto& prediction = mixtures[i].prediction;
            if (!corrections_.empty()) prediction = corrections_[receptor].correct(ligands[i], prediction);
            if (std::isfinite(prediction.pk) && std::isfinite(prediction.pk_sd))
                results.emplace_back(mixtures[i]);
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
        results.push_back(predict(receptor, ligands.subspan(i, 1)).front());
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
    const std::size_t receptors = encoded_.size();
    std::vector<std::vector<Prediction>> results(receptors);  // [receptor][graph]
    for (std::size_t receptor = 0; receptor < receptors && !graphs.empty(); ++receptor)
        results[receptor] = predict(receptor, graphs);

    const std::vector<NearestInTraining> nearest_ligands = domain_->nearest(graphs);

    for (std::size_t i = 0; i < prepared_rows.size(); ++i) {
        std::vector<ResultRow> scored(receptors, prepared_rows[i]);
        for (std::size_t receptor = 0; receptor < receptors; ++receptor) {
            ResultRow& row = scored[receptor];
            row.receptor = receptor;
            if (!row.ok()) continue;
            const auto& result = results[receptor][graph_of_row[i]];
            if (!result) {
                reject(row, result.rejection());
                continue;
            }
            row.prediction = result.value().prediction;
            row.pk_sd_models = result.value().pk_sd_models;
            row.domain = domain_->place(nearest_ligands[graph_of_row[i]], nearest_pockets_[receptor]);
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
