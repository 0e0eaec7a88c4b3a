/// Scores with contacts: which residues carry the prediction.
#include "keyway/workflows/score.hpp"

#include "ligand_source.hpp"

#include "keyway/core/error.hpp"
#include "keyway/sample/columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace keyway::workflows {
namespace {

/// "C", "N", ...: the first ligand column, in the order of its classes (`sample/columns.hpp`).
std::string_view element_symbol(const LigandGraph& ligand, int atom) {
    static constexpr std::string_view kSymbols[] = {"X",  "C", "N", "O",  "F",  "P",  "S",     "Cl",
                                                    "Br", "I", "B", "Si", "Se", "As", "metal", "dummy"};
    return kSymbols[ligand.columns[static_cast<std::size_t>(atom) * kLigandColumnCount]];
}

constexpr double kRoundingPk = 1e-3;

std::vector<ResidueContact> contacts_by_residue(const model::Explanation& explanation,
                                                const PocketGraph& pocket, const LigandGraph& ligand) {
    struct Sum {
        double pk = 0;
        const model::Contact* strongest = nullptr;
    };
    std::vector<Sum> sums(pocket.residue_labels.size());
    for (const auto& contact : explanation.contacts) {
        Sum& sum =
            sums[static_cast<std::size_t>(pocket.residue[static_cast<std::size_t>(contact.pocket_atom)])];
        sum.pk += contact.pk;
        if (!sum.strongest || std::fabs(contact.pk) > std::fabs(sum.strongest->pk)) sum.strongest = &contact;
    }
    std::vector<ResidueContact> contacts;
    for (std::size_t i = 0; i < sums.size(); ++i) {
        if (!sums[i].strongest) continue;
        const auto& atom = pocket.atom_names[static_cast<std::size_t>(sums[i].strongest->pocket_atom)];
        contacts.push_back(
            {pocket.residue_labels[i], sums[i].pk,
             fmt::format("{} with ligand atom {} ({})", atom, sums[i].strongest->ligand_atom + 1,
                         element_symbol(ligand, sums[i].strongest->ligand_atom))});
    }
    std::stable_sort(contacts.begin(), contacts.end(), [](const ResidueContact& a, const ResidueContact& b) {
        return std::fabs(a.pk) > std::fabs(b.pk);
    });
    return contacts;
}

ScoredLigand score(const Result<LigandGraph>& graph, const model::EncodedPocket& encoded,
                   const PocketGraph& pocket, const model::Predictor& predictor) {
    ScoredLigand scored;
    if (!graph) {
        scored.prediction = graph.rejection();
        return scored;
    }
    const model::Explanation explanation = predictor.explain(encoded, graph.value());
    scored.heavy_atoms = static_cast<int>(graph.value().atoms());
    scored.smiles = graph.value().smiles;
    scored.pooled_pk = explanation.pooled_pk;
    scored.contacts = contacts_by_residue(explanation, pocket, graph.value());
    double sum_pk = explanation.pooled_pk;
    for (const auto& contact : explanation.contacts) sum_pk += contact.pk;
    // Without known compounds the rest is rounding of the sum: not worth a word.
    if (const double rest = explanation.prediction.pk - sum_pk; std::abs(rest) > kRoundingPk)
        scored.known_pk = rest;
    if (std::isfinite(explanation.prediction.pk) && std::isfinite(explanation.prediction.pk_sd))
        scored.prediction = explanation.prediction;
    else
        scored.prediction = Rejection{"score", "NONFINITE", "the network gave no finite number"};
    return scored;
}

}  // namespace

std::vector<ScoredLigand> score_ligands(const PreparedPocket& pocket, const std::vector<std::string>& smiles,
                                        const ScreenOptions& options,
                                        const std::shared_ptr<const Ensemble>& models,
                                        const Context& context) {
    std::shared_ptr<const model::Predictor> predictor = models;
    if (!options.known.empty()) predictor = with_known_compounds(models, options.known);
    const auto encoded = predictor->encode(pocket.graph);
    const TrainingDomain domain = domain_of(*models, all_models(options.model, options.ensemble));
    if (!domain.note().empty()) context.log.info(domain.note());
    const NearestInTraining nearest_pocket = domain.nearest(pocket.graph);
    std::vector<ScoredLigand> results;
    const auto add = [&](const PreparedLigand& prepared, const std::string& id, std::uint64_t line) {
        results.push_back(score(prepared.graph, *encoded, pocket.graph, *predictor));
        if (prepared.graph)
            results.back().domain = domain.place(domain.nearest(prepared.graph.value()), nearest_pocket);
        results.back().id = id;
        results.back().line = line;
        results.back().notes = prepared.notes;
    };
    for (std::size_t i = 0; i < smiles.size(); ++i) {
        const std::string id = smiles.size() == 1 ? "ligand" : fmt::format("ligand {}", i + 1);
        add(prepare_smiles(smiles[i], id, options), id, i + 1);
    }
    for (const auto& path : options.ligands) {
        const auto source = open_ligand_source(path, options);
        for (RawLigand raw; !context.stop && source->next(raw);) {
            const std::string id = raw.id;
            const auto line = raw.line;
            add(source->prepare(std::move(raw), WithMolBlock::no), id, line);
        }
    }
    return results;
}

}  // namespace keyway::workflows
