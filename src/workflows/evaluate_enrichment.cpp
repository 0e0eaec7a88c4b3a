/// Actives and decoys from a dataset, and what the model makes of them with every kind of pocket.
#include "evaluate_enrichment.hpp"

#include "ligand_properties.hpp"
#include "thread_count.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/ordered_pool.hpp"
#include "keyway/core/random.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace keyway::workflows {
namespace {

constexpr double kActivePk = 7;
constexpr std::size_t kFewestActives = 5, kMostActives = 40, kDecoysPerActive = 40;
constexpr double kMostSimilar = 0.5;

/// A compound under one number, however many ligands of the files it is.
struct Compound {
    int ligand = 0;
    LigandProperties properties;
    std::set<std::string> families;  ///< with any measurement
    bool in_training = false;
};

std::string family_of(const LabelledData& data, const LabelledRow& row) {
    if (row.cluster >= 0) return "cluster " + data.name(row.cluster);
    if (row.protein >= 0) return "protein " + data.name(row.protein);
    return "pocket " + data.pocket_id(row.pocket);
}

std::map<std::string, Compound> compounds_of(LabelledData& data, const std::vector<LabelledRow>& rows) {
    std::map<std::string, Compound> compounds;  // by SMILES: the order of the files does not matter
    for (const auto& row : rows) {
        const LigandGraph& ligand = data.ligand(row.ligand);
        const auto [place, is_new] = compounds.try_emplace(ligand.smiles);
        Compound& compound = place->second;
        if (is_new) {
            compound.ligand = row.ligand;
            compound.properties = ligand_properties(ligand);
        }
        compound.families.insert(family_of(data, row));
        compound.in_training |= row.split == Split::train;
    }
    return compounds;
}

struct Target {
    std::string family;
    std::map<int, int> rows_of_pocket;
    struct Sum {
        double pk = 0;
        int count = 0;
    };
    std::map<std::string, Sum> values;  ///< by SMILES
};

std::map<std::string, Target> targets_of(LabelledData& data) {
    std::map<std::string, Target> targets;
    for (const auto& row : data.rows) {
        const std::string name = row.protein >= 0 ? data.name(row.protein) : data.pocket_id(row.pocket);
        Target& target = targets[name];
        target.family = family_of(data, row);
        ++target.rows_of_pocket[row.pocket];
        if (is_censored(row.relation)) continue;
        auto& value = target.values[data.ligand(row.ligand).smiles];
        value.pk += row.pk;
        ++value.count;
    }
    return targets;
}

/// The nearest of the pool to each active in turn, no compound twice.
std::vector<int> matched_decoys(const std::vector<const Compound*>& actives,
                                const std::vector<const Compound*>& all_actives,
                                const std::vector<const Compound*>& pool, LabelledData& data) {
    enum class State : char { open, taken, too_similar };
    std::vector<State> state(pool.size(), State::open);
    const auto is_too_similar = [&](const Compound& compound) {
        return std::any_of(all_actives.begin(), all_actives.end(), [&](const Compound* active) {
            return tanimoto(data.ligand(compound.ligand).fingerprint,
                            data.ligand(active->ligand).fingerprint) >= kMostSimilar;
        });
    };
    std::vector<int> decoys;
    std::vector<std::pair<double, std::size_t>> nearest;
    for (const Compound* active : actives) {
        nearest.clear();
        for (std::size_t i = 0; i < pool.size(); ++i)
            if (state[i] == State::open)
                nearest.emplace_back(property_distance(active->properties, pool[i]->properties), i);
        std::make_heap(nearest.begin(), nearest.end(), std::greater<>());
        for (std::size_t found = 0; found < kDecoysPerActive && !nearest.empty();) {
            std::pop_heap(nearest.begin(), nearest.end(), std::greater<>());
            const std::size_t i = nearest.back().second;
            nearest.pop_back();
            state[i] = is_too_similar(*pool[i]) ? State::too_similar : State::taken;
            if (state[i] != State::taken) continue;
            decoys.push_back(pool[i]->ligand);
            ++found;
        }
    }
    return decoys;
}

/// What one target's compounds get: actives first, then decoys.
struct TargetScores {
    std::vector<double> full, swapped;
};

std::vector<LigandGraph> graphs_of(const EnrichmentSet& set, LabelledData& data) {
    std::vector<LigandGraph> graphs;
    for (const auto* list : {&set.actives, &set.decoys})
        for (const int ligand : *list) graphs.push_back(data.ligand(ligand));
    return graphs;
}

std::vector<double> pk_of(const model::Predictor& predictor, const model::EncodedPocket& pocket,
                          std::span<const LigandGraph> ligands) {
    constexpr std::size_t kLigandsPerCall = 256;  // bounds the memory of one call
    std::vector<double> pk;
    for (std::size_t begin = 0; begin < ligands.size(); begin += kLigandsPerCall)
        for (const auto& prediction : predictor.predict(
                 pocket, ligands.subspan(begin, std::min(kLigandsPerCall, ligands.size() - begin))))
            pk.push_back(prediction.pk);
    return pk;
}

/// The blanked model sees no pocket, so each compound needs it once, whatever the target.
std::map<int, double> blanked_scores(const model::Predictor& predictor,
                                     const std::vector<EnrichmentSet>& sets, LabelledData& data,
                                     std::size_t workers, const Context& context) {
    std::set<int> distinct;
    for (const auto& set : sets) {
        distinct.insert(set.actives.begin(), set.actives.end());
        distinct.insert(set.decoys.begin(), set.decoys.end());
    }
    const std::vector<int> ligands(distinct.begin(), distinct.end());
    const auto blank = predictor.encode(data.pocket(sets.front().pocket), model::PocketUse::blanked);
    constexpr std::size_t kChunk = 256;
    std::map<int, double> scores;
    using Chunk = std::pair<std::size_t, std::vector<double>>;
    std::size_t next = 0;
    ordered_map<std::size_t, Chunk>(
        workers, 2 * workers,
        [&]() -> std::optional<std::size_t> {
            if (next >= ligands.size()) return std::nullopt;
            const std::size_t begin = next;
            next += kChunk;
            return begin;
        },
        [&](std::size_t&& begin, std::size_t) {
            std::vector<LigandGraph> graphs;
            for (std::size_t i = begin; i < std::min(begin + kChunk, ligands.size()); ++i)
                graphs.push_back(data.ligand(ligands[i]));
            return Chunk{begin, pk_of(predictor, *blank, graphs)};
        },
        [&](Chunk&& chunk) {
            for (std::size_t i = 0; i < chunk.second.size(); ++i)
                scores[ligands[chunk.first + i]] = chunk.second[i];
            return !context.stop.load();
        });
    return scores;
}

using MethodScores = std::map<std::string, std::vector<double>>;

/// Ranks of one target by every method. A compound without a finite score in any of them is left out of all.
void add_target(const EnrichmentSet& set, MethodScores scores, LabelledData& data, Enrichment& enrichment,
                std::vector<std::map<std::string, std::vector<double>>>& curves, std::size_t& not_finite) {
    std::vector<bool> is_active(set.actives.size(), true);
    is_active.resize(set.actives.size() + set.decoys.size(), false);
    std::vector<std::size_t> kept;
    for (std::size_t i = 0; i < is_active.size(); ++i)
        if (std::all_of(scores.begin(), scores.end(),
                        [&](const auto& method) { return std::isfinite(method.second[i]); }))
            kept.push_back(i);
    not_finite += is_active.size() - kept.size();

    EnrichmentTarget target{set.name, data.pocket_id(set.pocket), 0, 0, {}};
    std::vector<bool> kept_active;
    for (const std::size_t i : kept) {
        kept_active.push_back(is_active[i]);
        ++(is_active[i] ? target.actives : target.decoys);
    }
    auto& curve = curves.emplace_back();
    for (const auto& [name, values] : scores) {
        std::vector<double> kept_values;
        for (const std::size_t i : kept) kept_values.push_back(values[i]);
        const report::RankedCompounds ranked(kept_values, kept_active);
        target.methods[name] = ranked.metrics();
        curve[name] = ranked.found_at(roc_grid());
    }
    enrichment.actives += target.actives;
    enrichment.decoys += target.decoys;
    enrichment.targets.push_back(std::move(target));
}

}  // namespace

std::vector<EnrichmentSet> enrichment_sets(const EvaluateOptions& options, LabelledData& data,
                                           const std::vector<LabelledRow>& all_rows,
                                           std::vector<std::string>& notes) {
    const auto compounds = compounds_of(data, all_rows);
    std::vector<EnrichmentSet> sets;
    std::string too_few;
    for (const auto& [name, target] : targets_of(data)) {
        std::vector<const Compound*> actives;
        for (const auto& [smiles, value] : target.values)
            if (value.pk / value.count >= kActivePk) actives.push_back(&compounds.at(smiles));
        if (actives.size() < kFewestActives) {
            too_few += fmt::format("{}{} ({})", too_few.empty() ? "" : ", ", name, actives.size());
            continue;
        }
        Random random(options.seed);
        random.shuffle(actives);
        std::vector<const Compound*> pool;
        for (const auto& [smiles, compound] : compounds)
            if (!compound.families.contains(target.family)) pool.push_back(&compound);
        random.shuffle(pool);
        const auto all_actives = actives;
        actives.resize(std::min(actives.size(), kMostActives));

        EnrichmentSet set{name, target.family, 0, {}, matched_decoys(actives, all_actives, pool, data)};
        for (const Compound* active : actives) set.actives.push_back(active->ligand);
        set.pocket = std::max_element(target.rows_of_pocket.begin(), target.rows_of_pocket.end(),
                                      [](const auto& a, const auto& b) { return a.second < b.second; })
                         ->first;
        if (set.decoys.empty())
            notes.push_back(fmt::format("enrichment leaves out {}: no compound of another family", name));
        else
            sets.push_back(std::move(set));
    }
    if (!too_few.empty())
        notes.push_back(fmt::format("enrichment leaves out proteins with fewer than {} actives: {}",
                                    kFewestActives, too_few));
    return sets;
}

std::optional<Enrichment> measure_enrichment(const EvaluateOptions& options,
                                             const model::Predictor& predictor,
                                             const TrainingReference* reference, LabelledData& data,
                                             const std::vector<LabelledRow>& all_rows, const Context& context,
                                             std::vector<std::string>& notes) {
    const std::vector<EnrichmentSet> sets = enrichment_sets(options, data, all_rows, notes);
    if (sets.empty()) {
        notes.push_back("no enrichment: no protein has enough actives and decoys");
        return std::nullopt;
    }
    std::vector<std::string> families;
    for (const auto& set : sets) {
        families.push_back(set.family);
        data.pocket(set.pocket);  // read on this thread: HDF5 is not thread-safe
    }
    const std::vector<int> partner = swapped_pockets(families, options.seed);
    const auto workers = static_cast<std::size_t>(thread_count(options.threads));
    const auto blanked = blanked_scores(predictor, sets, data, workers, context);

    Enrichment enrichment;
    enrichment.resampled = "targets";
    enrichment.rule = fmt::format(
        "actives: mean pK of at least {:g} on the protein, at most {}; decoys: for each active the {} "
        "nearest "
        "in size, log P, donors, acceptors, charges and rotatable bonds among the compounds of the data that "
        "were not measured on a protein of its family and are less than {:g} similar to every active (ECFP4)",
        kActivePk, kMostActives, kDecoysPerActive, kMostSimilar);
    std::vector<std::map<std::string, std::vector<double>>> curves;
    std::set<std::string> trained;
    for (const auto& row : all_rows)
        if (row.split == Split::train) trained.insert(data.ligand(row.ligand).smiles);

    std::size_t next = 0, not_finite = 0;
    double atoms_of_actives = 0, atoms_of_decoys = 0;
    context.progress.start("enrichment", "targets", sets.size());
    ordered_map<std::size_t, std::pair<std::size_t, TargetScores>>(
        workers, 2 * workers,
        [&]() -> std::optional<std::size_t> {
            return next < sets.size() && !context.stop.load() ? std::optional(next++) : std::nullopt;
        },
        [&](std::size_t&& i, std::size_t) {
            const auto graphs = graphs_of(sets[i], data);
            TargetScores scores;
            scores.full = pk_of(predictor, *predictor.encode(data.pocket(sets[i].pocket)), graphs);
            if (!partner.empty()) {
                const auto& other = sets[static_cast<std::size_t>(partner[i])];
                scores.swapped = pk_of(predictor, *predictor.encode(data.pocket(other.pocket)), graphs);
            }
            return std::pair(i, std::move(scores));
        },
        [&](std::pair<std::size_t, TargetScores>&& done) {
            const EnrichmentSet& set = sets[done.first];
            MethodScores scores{{"model", std::move(done.second.full)}};
            if (!done.second.swapped.empty()) scores["pocket_swapped"] = std::move(done.second.swapped);
            for (const auto* list : {&set.actives, &set.decoys})
                for (const int ligand : *list) {
                    const LigandGraph& graph = data.ligand(ligand);
                    const LigandProperties properties = ligand_properties(graph);
                    scores["chance"].push_back(0);
                    scores["pocket_blanked"].push_back(blanked.at(ligand));
                    scores["heavy_atoms"].push_back(properties.heavy_atoms);
                    scores["log_p_estimate"].push_back(properties.log_p_estimate);
                    if (reference)
                        scores["nearest_neighbour"].push_back(reference->neighbours(graph.fingerprint).pk);
                    (list == &set.actives ? atoms_of_actives : atoms_of_decoys) += properties.heavy_atoms;
                    if (list == &set.decoys)
                        enrichment.decoys_in_training += static_cast<int>(trained.count(graph.smiles));
                }
            add_target(set, std::move(scores), data, enrichment, curves, not_finite);
            context.progress.update(done.first + 1);
            return !context.stop.load();
        });
    context.progress.finish();
    if (context.stop.load())
        throw Error(ErrorKind::interrupted, "evaluation was interrupted", "run the command again");
    if (not_finite > 0)
        notes.push_back(
            fmt::format("{} compounds are left out of the enrichment: a score is not finite", not_finite));
    std::size_t actives = 0, decoys = 0;
    for (const auto& set : sets) {
        actives += set.actives.size();
        decoys += set.decoys.size();
    }
    enrichment.heavy_atoms_of_actives = atoms_of_actives / static_cast<double>(actives);
    enrichment.heavy_atoms_of_decoys = atoms_of_decoys / static_cast<double>(decoys);
    add_means(enrichment, curves, options.seed, options.bootstrap_samples);
    return enrichment;
}

}  // namespace keyway::workflows
