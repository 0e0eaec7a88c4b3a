/// Writes predictions in the units chemists think in.
#include "score_text.hpp"

#include "terminal.hpp"

#include "keyway/core/affinity.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace keyway::apps {
namespace {

using workflows::kInterval90;

constexpr double kSmallestShown = 0.005;  // pK; less rounds to zero

double without_negative_zero(double pk) { return std::abs(pk) < kSmallestShown ? 0.0 : pk; }

std::string contact_lines(const workflows::ScoredLigand& ligand, int count) {
    double contact_pk = 0;
    for (const auto& contact : ligand.contacts) contact_pk += contact.pk;
    std::string out =
        fmt::format("\n  Contacts {:+.2f} + pooled term {:+.2f}{} = pK {:.2f}.",
                    without_negative_zero(contact_pk), ligand.pooled_pk,
                    ligand.known_pk == 0 ? "" : fmt::format(" + known compounds {:+.2f}", ligand.known_pk),
                    ligand.prediction.value().pk);
    const auto is_shown = [](const auto& contact) { return std::abs(contact.pk) >= kSmallestShown; };
    if (std::none_of(ligand.contacts.begin(), ligand.contacts.end(), is_shown))
        return out +
               " No residue carries 0.005 pK or more: contacts explain\n  nothing of this prediction.\n";
    out += " Residues by size of their share:\n";
    for (const auto& contact : ligand.contacts) {
        if (count-- == 0 || !is_shown(contact)) break;
        out +=
            fmt::format("    {:<12} {:+6.2f}   most by {}\n", contact.residue, contact.pk, contact.strongest);
    }
    return out;
}

/// Empty where the domain is not known.
std::string domain_line(const workflows::DomainPlace& place) {
    if (std::isnan(place.ligand.similarity)) return "";
    const auto said = [](const workflows::NearestInTraining& nearest) {
        return fmt::format("{} ({:.2f})", nearest.name.empty() ? "none" : printable(nearest.name),
                           nearest.similarity);
    };
    return fmt::format("  domain    {}nearest in training: ligand {}, pocket {}\n",
                       !place.is_inside   ? ""
                       : *place.is_inside ? "inside; "
                                          : "OUTSIDE, do not trust the number; ",
                       said(place.ligand), said(place.pocket));
}

/// null where it is not known.
void add_domain(nlohmann::ordered_json& entry, const workflows::DomainPlace& place) {
    entry["in_domain"] = nullptr;
    if (place.is_inside) entry["in_domain"] = *place.is_inside;
    entry["nearest_train_similarity"] = place.ligand.similarity;
    entry["nearest_train_ligand"] = place.ligand.name;
    entry["nearest_train_pocket_similarity"] = place.pocket.similarity;
    entry["nearest_train_pocket"] = place.pocket.name;
}

}  // namespace

std::string readable_concentration(double molar) {
    static constexpr std::pair<double, const char*> kUnits[] = {{1, "M"},     {1e-3, "mM"},  {1e-6, "uM"},
                                                                {1e-9, "nM"}, {1e-12, "pM"}, {1e-15, "fM"}};
    for (const auto& [size, name] : kUnits)
        if (molar >= size * 0.9995) return fmt::format("{:.3g} {}", molar / size, name);
    return fmt::format("{:.2g} M", molar);
}

std::string to_text(const std::vector<workflows::ScoredLigand>& ligands,
                    const workflows::PreparedPocket& pocket, const model::Passport& passport, int contacts) {
    std::string out;
    const std::string doubt = passport.pk_sd_scale == 1 ? " (uncalibrated)" : "";
    for (const auto& ligand : ligands) {
        if (!out.empty()) out += '\n';
        out += fmt::format("{} in {}\n", printable(ligand.id), printable(pocket.receptor));
        if (!ligand.prediction) {
            const Rejection& why = ligand.prediction.rejection();
            out += fmt::format("  rejected  {}: {}\n", why.reason, printable(why.message));
            continue;
        }
        const auto& [pk, sd] = ligand.prediction.value();
        const double half = kInterval90 * sd, low = pk - half, high = pk + half;
        const auto molar = [](double value) { return readable_concentration(std::pow(10.0, -value)); };
        out += fmt::format("  pK        {:.2f}   90 % interval {:.2f} to {:.2f}{}; higher is tighter\n", pk,
                           low, high, doubt);
        out += fmt::format("  Kd        {}   {} to {}\n", molar(pk), molar(high), molar(low));
        out += fmt::format("  dG        {:.1f} kcal/mol at 298 K\n", dg_kcal_mol_from_pk(pk));
        out += fmt::format("  LE        {:.2f} kcal/mol per heavy atom ({} atoms)\n",
                           kKcalPerPk * pk / ligand.heavy_atoms, ligand.heavy_atoms);
        out += domain_line(ligand.domain);
        out += fmt::format("  SMILES    {}\n", ligand.smiles);
        if (!ligand.notes.empty()) out += fmt::format("  notes     {}\n", printable(ligand.notes));
        if (contacts > 0) out += contact_lines(ligand, contacts);
    }
    return out;
}

std::string to_json(const std::vector<workflows::ScoredLigand>& ligands,
                    const workflows::PreparedPocket& pocket, const model::Passport& passport) {
    nlohmann::ordered_json json;
    json["model"] = passport.name;
    json["units"] = passport.units;
    json["pk_sd_is_calibrated"] = passport.pk_sd_scale != 1;
    json["receptor"] = pocket.receptor;
    json["site"] = pocket.site;
    json["pocket_residues"] = pocket.graph.residue_labels;
    json["ligands"] = nlohmann::ordered_json::array();
    for (const auto& ligand : ligands) {
        nlohmann::ordered_json entry = {{"id", ligand.id}, {"input_line", ligand.line}};
        entry["status"] = ligand.prediction ? "ok" : "rejected";
        if (!ligand.prediction) {
            entry["reason"] = ligand.prediction.rejection().reason;
            entry["message"] = ligand.prediction.rejection().message;
        } else {
            const auto& [pk, sd] = ligand.prediction.value();
            entry["pk_pred"] = pk;
            entry["pk_sd"] = sd;
            entry["pk_low"] = pk - kInterval90 * sd;
            entry["pk_high"] = pk + kInterval90 * sd;
            entry["kd_nm_pred"] = kd_nm_from_pk(pk);
            entry["dg_kcal_mol_pred"] = dg_kcal_mol_from_pk(pk);
            entry["ligand_efficiency"] = kKcalPerPk * pk / ligand.heavy_atoms;
            add_domain(entry, ligand.domain);
            entry["heavy_atoms"] = ligand.heavy_atoms;
            entry["smiles"] = ligand.smiles;
            entry["notes"] = ligand.notes;
            entry["pooled_pk"] = ligand.pooled_pk;
            entry["known_pk"] = ligand.known_pk;
            entry["contacts"] = nlohmann::ordered_json::array();
            for (const auto& contact : ligand.contacts)
                entry["contacts"].push_back(
                    {{"residue", contact.residue}, {"pk", contact.pk}, {"strongest", contact.strongest}});
        }
        json["ligands"].push_back(entry);
    }
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace keyway::apps
