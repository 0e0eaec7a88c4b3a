/// Reads and scores actives and decoys like a screen does, and measures how early the actives come.
#include "keyway/workflows/evaluate_actives.hpp"

#include "baselines.hpp"
#include "batch_scorer.hpp"
#include "labelled_data.hpp"
#include "ligand_properties.hpp"
#include "ligand_reader.hpp"
#include "pocket_counts.hpp"
#include "thread_count.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/ordered_pool.hpp"
#include "keyway/core/random.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace keyway::workflows {
namespace {

constexpr std::size_t kMostForeignPockets = 5;
constexpr double kForeignSimilarity = 0.5;  ///< of `pocket_counts`; unrelated pockets come to about 0.3

std::vector<PocketGraph> foreign_pockets(const std::filesystem::path& dataset, const PocketGraph& pocket,
                                         const PocketDefinition& definition, std::uint64_t seed,
                                         LogSink& log) {
    LabelledData data({dataset}, log);
    if (!(data.passport().pocket == definition))
        throw Error(
            ErrorKind::incompatible,
            fmt::format("pockets of '{}' are cut as '{}', the model's as '{}'", dataset.filename().string(),
                        data.passport().pocket.to_text(), definition.to_text()));
    std::vector<int> order;
    for (int i = 0; i < data.pocket_count(); ++i) order.push_back(i);
    Random(seed).shuffle(order);
    const CircularCounts own = pocket_counts(pocket);
    std::vector<PocketGraph> found;
    for (std::size_t i = 0; i < order.size() && found.size() < kMostForeignPockets; ++i)
        if (similarity(own, pocket_counts(data.pocket(order[i]))) < kForeignSimilarity)
            found.push_back(data.pocket(order[i]));
    return found;
}

/// One record's scores: by the model, without pocket, in each foreign pocket.
struct Scored {
    ActivesRecord record;
    std::vector<double> swapped;
    int heavy_atoms = 0;
};

class Scorer {
public:
    Scorer(const BatchScorer& scorer, const model::EncodedPocket& blank, const TrainingReference* reference,
           const ActivesOptions& options, std::size_t foreign)
        : scorer_(scorer), blank_(blank), reference_(reference), options_(options), foreign_(foreign) {}

    std::vector<Scored> operator()(LigandBatch&& batch) const {
        std::vector<Scored> list;
        for (const auto& raw : batch.ligands) {
            Scored scored;
            scored.record.is_active = raw.file < options_.actives.size();
            scored.record.file = options_.screen.ligands[raw.file].filename().string();
            scored.record.line = raw.line;
            scored.record.id = raw.id;
            list.push_back(std::move(scored));
        }
        const auto prepared = batch.source->prepare_all(batch.ligands, WithMolBlock::no);
        std::vector<LigandGraph> graphs;
        std::vector<std::size_t> owners;
        for (std::size_t i = 0; i < prepared.size(); ++i) {
            if (!prepared[i].graph) {
                list[i].record.reason = prepared[i].graph.rejection().reason;
                continue;
            }
            graphs.push_back(prepared[i].graph.value());
            owners.push_back(i);
        }
        score(graphs, owners, list);
        return list;
    }

private:
    void score(const std::vector<LigandGraph>& graphs, const std::vector<std::size_t>& owners,
               std::vector<Scored>& list) const {
        if (graphs.empty()) return;
        const auto full = scorer_.predict(0, graphs);
        std::vector<LigandGraph> good;
        std::vector<Scored*> of_good;
        for (std::size_t i = 0; i < graphs.size(); ++i) {
            Scored& scored = list[owners[i]];
            scored.record.smiles = graphs[i].smiles;
            if (!full[i]) {
                scored.record.reason = full[i].rejection().reason;
                continue;
            }
            const LigandProperties properties = ligand_properties(graphs[i]);
            scored.record.pk_pred = full[i].value().prediction.pk;
            scored.record.pk_sd = full[i].value().prediction.pk_sd;
            scored.heavy_atoms = properties.heavy_atoms;
            scored.record.baselines["heavy_atoms"] = properties.heavy_atoms;
            scored.record.baselines["log_p_estimate"] = properties.log_p_estimate;
            if (reference_)
                scored.record.baselines["nearest_neighbour"] =
                    reference_->neighbours(graphs[i].fingerprint).pk;
            good.push_back(graphs[i]);
            of_good.push_back(&scored);
        }
        if (good.empty()) return;
        const auto blanked = scorer_.models().predict(blank_, good);
        for (std::size_t i = 0; i < good.size(); ++i)
            of_good[i]->record.baselines["pocket_blanked"] = blanked[i].pk;
        for (std::size_t pocket = 1; pocket <= foreign_; ++pocket) {
            const auto swapped = scorer_.predict(pocket, good);
            for (std::size_t i = 0; i < good.size(); ++i)
                of_good[i]->swapped.push_back(swapped[i] ? swapped[i].value().prediction.pk : std::nan(""));
        }
        for (Scored* scored : of_good) {
            bool finite = std::isfinite(scored->record.baselines.at("pocket_blanked"));
            double sum = 0;
            for (const double pk : scored->swapped) {
                finite &= std::isfinite(pk);
                sum += pk;
            }
            if (foreign_ > 0)
                scored->record.baselines["pocket_swapped"] = sum / static_cast<double>(foreign_);
            if (!finite) scored->record.reason = "NONFINITE";
        }
    }

    const BatchScorer& scorer_;
    const model::EncodedPocket& blank_;
    const TrainingReference* reference_;
    const ActivesOptions& options_;
    std::size_t foreign_;
};

/// Files are read actives first, so the first of equal compounds is an active where there is one.
void mark_duplicates(std::vector<Scored>& all) {
    std::map<std::string, bool> seen;  // SMILES -> is active
    for (auto& [record, swapped, atoms] : all) {
        if (!record.reason.empty()) continue;
        const auto [place, is_new] = seen.emplace(record.smiles, record.is_active);
        if (!is_new) record.reason = place->second && !record.is_active ? "DUPLICATE_OF_ACTIVE" : "DUPLICATE";
    }
}

void count(const std::vector<Scored>& all, ActivesResult& result) {
    for (const auto& scored : all) {
        auto& count = scored.record.is_active ? result.actives : result.decoys;
        ++count.read;
        if (scored.record.reason.empty())
            ++count.used;
        else
            ++count.left_out[scored.record.reason];
    }
    for (const auto& [name, count] : {std::pair{"actives", &result.actives}, {"decoys", &result.decoys}})
        if (count->used == 0)
            throw Error(ErrorKind::input,
                        fmt::format("none of the {} records of --{} can be used", count->read, name),
                        count->left_out.empty() ? "the file has no records"
                                                : "most common reason: " + count->left_out.begin()->first);
}

void measure(const std::vector<Scored>& all, const ActivesOptions& options, ActivesResult& result) {
    std::vector<bool> is_active;
    std::map<std::string, std::vector<std::vector<double>>> scores;  // method -> repeats
    double atoms[2] = {0, 0};
    for (const auto& scored : all) {
        if (!scored.record.reason.empty()) continue;
        const auto add = [&](const std::string& name, std::size_t repeat, double score) {
            auto& repeats = scores[name];
            repeats.resize(std::max(repeats.size(), repeat + 1));
            repeats[repeat].push_back(score);
        };
        is_active.push_back(scored.record.is_active);
        atoms[scored.record.is_active ? 1 : 0] += scored.heavy_atoms;
        add("model", 0, scored.record.pk_pred);
        add("chance", 0, 0);
        for (const auto& [name, value] : scored.record.baselines)
            if (name != "pocket_swapped") add(name, 0, value);
        for (std::size_t i = 0; i < scored.swapped.size(); ++i) add("pocket_swapped", i, scored.swapped[i]);
    }
    std::vector<std::string> names = {"model"};
    for (const auto& [name, repeats] : scores)
        if (name != "model") names.push_back(name);
    std::vector<std::vector<std::vector<double>>> ordered;
    for (const auto& name : names) ordered.push_back(scores.at(name));
    const auto compared =
        report::compare_screens(ordered, is_active, options.seed, options.bootstrap_samples);

    Enrichment& enrichment = result.enrichment;
    enrichment.rule = "actives and decoys as given";
    enrichment.resampled = "compounds";
    enrichment.actives = static_cast<int>(result.actives.used);
    enrichment.decoys = static_cast<int>(result.decoys.used);
    enrichment.heavy_atoms_of_actives = atoms[1] / static_cast<double>(result.actives.used);
    enrichment.heavy_atoms_of_decoys = atoms[0] / static_cast<double>(result.decoys.used);
    EnrichmentTarget target{result.pocket, result.pocket, enrichment.actives, enrichment.decoys, {}};
    for (std::size_t m = 0; m < names.size(); ++m) {
        EnrichmentMethod method{compared[m].value, compared[m].first_minus_it, {}};
        method.curve.assign(roc_grid().size(), 0);
        for (const auto& repeat : ordered[m]) {
            const auto found = report::RankedCompounds(repeat, is_active).found_at(roc_grid());
            for (std::size_t i = 0; i < found.size(); ++i)
                method.curve[i] += found[i] / static_cast<double>(ordered[m].size());
        }
        for (std::size_t k = 0; k < report::kScreeningMetricCount; ++k)
            target.methods[names[m]][k] = compared[m].value[k].value;
        enrichment.methods.emplace(names[m], std::move(method));
    }
    enrichment.targets.push_back(std::move(target));
}

void add_notes(const ActivesOptions& options, ActivesResult& result) {
    const auto left_out = [&](const char* reason, const char* words) {
        const auto number = [&](const ActivesResult::Count& count) {
            const auto place = count.left_out.find(reason);
            return place == count.left_out.end() ? 0 : place->second;
        };
        if (const auto n = number(result.actives) + number(result.decoys); n > 0)
            result.notes.push_back(fmt::format("{}: {}", words, n));
    };
    left_out("DUPLICATE_OF_ACTIVE", "decoys that are actives too (the same compound), left out");
    left_out("DUPLICATE", "records that repeat an earlier compound of their set, left out");
    const Enrichment& enrichment = result.enrichment;
    const double size_auc = enrichment.methods.at("heavy_atoms")
                                .value[static_cast<std::size_t>(report::ScreeningMetric::roc_auc)]
                                .value;
    if (std::abs(size_auc - 0.5) > 0.1)
        result.notes.push_back(fmt::format(
            "the actives are {} than the decoys (mean {:.1f} and {:.1f} heavy atoms): size alone has ROC-AUC "
            "{:.2f}, and a model that follows size looks {} here than it is",
            size_auc > 0.5 ? "larger" : "smaller", enrichment.heavy_atoms_of_actives,
            enrichment.heavy_atoms_of_decoys, size_auc, size_auc > 0.5 ? "better" : "worse"));
    const double most = (enrichment.actives + enrichment.decoys) / static_cast<double>(enrichment.actives);
    if (most < 100)
        result.notes.push_back(fmt::format(
            "with {:.1f} decoys an active, no enrichment factor can be above {:.1f}", most - 1, most));
    if (result.swapped_pockets.empty())
        result.notes.push_back(
            "pocket_swapped is left out: no foreign pocket (--swap-receptor FILE or --training-data)");
    if (options.training_data.empty())
        result.notes.push_back("nearest_neighbour is left out: no training data (--training-data)");
}

}  // namespace

void ActivesOptions::check() const {
    if (actives.empty() || decoys.empty())
        throw Error(ErrorKind::usage,
                    fmt::format("option '--{}' is missing", actives.empty() ? "actives" : "decoys"),
                    "a retrospective screen needs both --actives FILE and --decoys FILE");
    if (std::count(actives.begin(), actives.end(), "-") + std::count(decoys.begin(), decoys.end(), "-") > 1)
        throw Error(ErrorKind::usage, "standard input can be read once");
    if (bootstrap_samples < 1) throw Error(ErrorKind::usage, "--bootstrap-samples: expected at least 1");
}

ActivesResult evaluate_actives(const PocketGraph& pocket, std::span<const PocketGraph> foreign,
                               const ActivesOptions& given, const model::Network& network,
                               const Context& context) {
    given.check();
    ActivesOptions options = given;
    options.screen.ligands = options.actives;
    options.screen.ligands.insert(options.screen.ligands.end(), options.decoys.begin(), options.decoys.end());
    auto sources = open_ligand_sources(options.screen);  // before LibTorch: readers may fork

    std::optional<TrainingReference> reference;
    if (!options.training_data.empty()) {
        LabelledData training(options.training_data, context.log);
        reference.emplace(training);
    }
    std::vector<ScreenReceptor> receptors{{pocket.id, pocket}};
    for (const auto& other : foreign) receptors.push_back({other.id, other});
    if (foreign.empty() && !options.swap_data.empty()) {
        const auto definition = model::read_passport(model::resolve_model(options.screen.model)).pocket;
        for (auto& other : foreign_pockets(options.swap_data, pocket, definition, options.seed, context.log))
            receptors.push_back({other.id, std::move(other)});
    }

    const BatchScorer scorer(receptors, options.screen, network);
    ActivesResult result;
    result.model =
        fmt::format("{}", fmt::join(all_models(options.screen.model, options.screen.ensemble), " + "));
    result.weights_sha256 = scorer.models().passport().weights_sha256;
    result.pocket = pocket.id;
    for (std::size_t i = 1; i < receptors.size(); ++i) result.swapped_pockets.push_back(receptors[i].name);

    const auto blank = scorer.models().encode(pocket, model::PocketUse::blanked);
    const Scorer score(scorer, *blank, reference ? &*reference : nullptr, options, receptors.size() - 1);
    LigandReader reader(std::move(sources), options.screen, {[](std::uint64_t) { return true; }, {}},
                        context.stop);
    std::vector<Scored> all;
    const auto workers = static_cast<std::size_t>(thread_count(options.screen.threads));
    context.progress.start("scoring", "compounds", reader.size());
    ordered_map<LigandBatch, std::vector<Scored>>(
        workers, 2 * workers, [&] { return reader.next(); },
        [&](LigandBatch&& batch, std::size_t) { return score(std::move(batch)); },
        [&](std::vector<Scored>&& batch) {
            for (auto& scored : batch) all.push_back(std::move(scored));
            context.progress.update(all.size());
            return !context.stop.load();
        });
    context.progress.finish();
    if (context.stop.load())
        throw Error(ErrorKind::interrupted, "evaluation was interrupted", "run the command again");
    if (reader.damage()) std::rethrow_exception(reader.damage());

    mark_duplicates(all);
    count(all, result);
    measure(all, options, result);
    add_notes(options, result);
    for (auto& scored : all) result.table.push_back(std::move(scored.record));
    return result;
}

}  // namespace keyway::workflows
