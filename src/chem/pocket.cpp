/// Whole residues around the site, by an explicit policy for everything that is not polymer.
#include "keyway/chem/pocket.hpp"

#include "chem/residue_names.hpp"
#include "chem/site_probe.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>

namespace keyway::chem {
namespace {

constexpr std::size_t kMaxPocketAtoms = 4000;
constexpr double kClash = 2.0;  // a reference atom this close to the protein is inside it [A]

/// What happens to a residue near the site, and why, for the notes.
enum class Verdict {
    polymer,
    keep,
    water_off,
    metal_off,
    cofactor_off,
    additive,
    unknown_ligand,
    dropped_by_name
};

struct Named {
    std::vector<std::string> keep, drop;
};

Named checked_names(const HetPolicy& het);
Verdict verdict_on(const Residue& residue, const PocketDefinition& definition, const Named& names);
void note_verdicts(const std::map<Verdict, std::map<std::string, int>>& by_verdict,
                   std::vector<std::string>& notes);
void check_side_chains(Pocket& pocket);
[[noreturn]] void fail_empty(const Structure& structure, const Site& site, const SiteProbe& probe);
void note_clashes(const Structure& structure, const SiteProbe& probe, std::vector<std::string>& notes);

}  // namespace

Pocket cut_pocket(const Structure& structure, const Site& site, const PocketDefinition& definition,
                  const HetPolicy& het) {
    const Named names = checked_names(het);
    const SiteProbe probe = probe_site(structure, site);
    const double residue_cutoff = definition.residue_cutoff_angstrom + probe.reach_angstrom;
    const double token_cutoff = definition.token_cutoff_angstrom + probe.reach_angstrom;
    const double enough = std::max(residue_cutoff, token_cutoff);

    Pocket pocket;
    pocket.id = structure.name;
    pocket.definition = definition;
    pocket.site_centre_angstrom = probe.centre;
    pocket.notes = probe.notes;
    std::map<Verdict, std::map<std::string, int>> by_verdict;
    std::size_t atoms = 0, polymer_residues = 0;
    for (std::size_t r = 0; r < structure.residues.size(); ++r) {
        const auto& residue = structure.residues[r];
        if (probe.is_ligand[r]) continue;
        bool is_near = probe.is_listed[r] != 0;
        std::vector<std::uint8_t> tokens;
        for (const auto& atom : residue.atoms) {
            const double distance = probe.distance_angstrom(atom.position_angstrom, enough);
            is_near |= distance <= residue_cutoff;
            tokens.push_back(distance <= token_cutoff);
        }
        if (!is_near) continue;
        const Verdict verdict = verdict_on(residue, definition, names);
        if (verdict != Verdict::polymer) ++by_verdict[verdict][residue.name];
        if (verdict != Verdict::polymer && verdict != Verdict::keep) continue;
        polymer_residues += verdict == Verdict::polymer;
        atoms += residue.atoms.size();
        pocket.residues.push_back(residue);
        pocket.is_token.push_back(std::move(tokens));
    }
    if (polymer_residues == 0) fail_empty(structure, site, probe);
    if (atoms > kMaxPocketAtoms) {
        throw Error(ErrorKind::input,
                    fmt::format("the pocket around {} has {} atoms, at most {} are allowed", site.describe(),
                                atoms, kMaxPocketAtoms),
                    "give a smaller box, fewer residues, or the ligand alone as reference");
    }
    const bool has_token = std::any_of(
        pocket.is_token.begin(), pocket.is_token.end(),
        [](const auto& tokens) { return std::find(tokens.begin(), tokens.end(), 1) != tokens.end(); });
    if (!has_token) fail_empty(structure, site, probe);
    check_side_chains(pocket);
    note_verdicts(by_verdict, pocket.notes);
    if (probe.is_ligand_shaped) note_clashes(structure, probe, pocket.notes);
    return pocket;
}

namespace {

bool listed(const std::vector<std::string>& names, const Residue& residue) {
    const bool by_name = std::find(names.begin(), names.end(), residue.name) != names.end();
    const auto means_water = [](const std::string& name) { return is_water(name); };
    return by_name ||
           (residue.kind == ResidueKind::water && std::any_of(names.begin(), names.end(), means_water));
}

std::vector<std::string> upper_names(const std::vector<std::string>& names) {
    std::vector<std::string> result = names;
    for (auto& name : result) {
        for (auto& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return result;
}

Named checked_names(const HetPolicy& het) {
    const Named names{upper_names(het.keep), upper_names(het.drop)};
    for (const auto& name : names.keep) {
        if (std::find(names.drop.begin(), names.drop.end(), name) == names.drop.end()) continue;
        throw Error(ErrorKind::usage, fmt::format("{} is both in --keep-het and in --drop-het", name),
                    "name it once");
    }
    return names;
}

Verdict verdict_on(const Residue& residue, const PocketDefinition& definition, const Named& names) {
    if (residue.kind == ResidueKind::amino_acid || residue.kind == ResidueKind::nucleotide)
        return Verdict::polymer;
    if (listed(names.drop, residue)) return Verdict::dropped_by_name;
    if (listed(names.keep, residue)) return Verdict::keep;
    if (residue.kind == ResidueKind::water)
        return definition.keep_waters ? Verdict::keep : Verdict::water_off;
    if (residue.kind == ResidueKind::metal)
        return definition.keep_metals ? Verdict::keep : Verdict::metal_off;
    if (residue.atoms.size() == 1) return Verdict::additive;  // halides
    switch (het_class(residue.name)) {
        case HetClass::additive:
            return Verdict::additive;
        case HetClass::glycan:
        case HetClass::cofactor:
            return definition.keep_cofactors ? Verdict::keep : Verdict::cofactor_off;
        case HetClass::unknown:
            return Verdict::unknown_ligand;
    }
    return Verdict::unknown_ligand;
}

std::string counted(const std::map<std::string, int>& names) {
    std::vector<std::string> parts;
    for (const auto& [name, count] : names)
        parts.push_back(count == 1 ? name : fmt::format("{} x {}", count, name));
    return fmt::format("{}", fmt::join(parts, ", "));
}

void note_verdicts(const std::map<Verdict, std::map<std::string, int>>& by_verdict,
                   std::vector<std::string>& notes) {
    static constexpr std::pair<Verdict, const char*> kTexts[] = {
        {Verdict::keep, "kept in the pocket: {}"},
        {Verdict::water_off, "left out waters: {}"},
        {Verdict::metal_off, "left out ions: {}"},
        {Verdict::cofactor_off, "left out cofactors: {}"},
        {Verdict::additive, "left out buffer, salt or solvent: {}"},
        {Verdict::unknown_ligand, "left out other ligands: {}"},
        {Verdict::dropped_by_name, "left out by name: {}"}};
    for (const auto& [verdict, text] : kTexts) {
        const auto found = by_verdict.find(verdict);
        if (found != by_verdict.end())
            notes.push_back(fmt::format(fmt::runtime(text), counted(found->second)));
    }
}

/// A residue without side chain tells the network the wrong chemistry: some are noted, many are refused.
void check_side_chains(Pocket& pocket) {
    std::vector<std::string> incomplete;
    std::size_t expected = 0, bare = 0;
    for (const auto& residue : pocket.residues) {
        if (residue.kind != ResidueKind::amino_acid) continue;
        const auto atoms = amino_acid_atoms(residue.standard_name);
        const auto lacks = [&](std::string_view name) {
            // Selenium stands for sulfur.
            const std::string_view written = name == "SD" && residue.name == "MSE" ? "SE" : name;
            return std::none_of(residue.atoms.begin(), residue.atoms.end(),
                                [&](const Atom& atom) { return atom.name == name || atom.name == written; });
        };
        if (std::any_of(atoms.begin(), atoms.end(), lacks)) incomplete.push_back(residue.label());
        if (atoms.size() <= 4) continue;  // GLY, caps, unknown
        ++expected;
        bare += std::all_of(atoms.begin() + 4, atoms.end(), lacks);
    }
    if (bare * 2 > expected) {
        throw Error(
            ErrorKind::input,
            fmt::format("{} of {} pocket residues of '{}' have no side chain", bare, expected, pocket.id),
            "a backbone or C-alpha model cannot be scored; give an all-atom structure");
    }
    if (incomplete.empty()) return;
    const auto shown = std::min<std::size_t>(incomplete.size(), 5);
    pocket.notes.push_back(fmt::format("{} {} atoms: {}{}", incomplete.size(),
                                       incomplete.size() == 1 ? "residue lacks" : "residues lack",
                                       fmt::join(incomplete.begin(), incomplete.begin() + shown, ", "),
                                       shown < incomplete.size() ? ", ..." : ""));
}

void fail_empty(const Structure& structure, const Site& site, const SiteProbe& probe) {
    double nearest = std::numeric_limits<double>::infinity();
    for (std::size_t r = 0; r < structure.residues.size(); ++r) {
        const auto& residue = structure.residues[r];
        const bool is_polymer =
            residue.kind == ResidueKind::amino_acid || residue.kind == ResidueKind::nucleotide;
        if (!is_polymer || probe.is_ligand[r]) continue;
        for (const auto& atom : residue.atoms) {
            nearest = std::min(nearest, probe.distance_angstrom(atom.position_angstrom));
        }
    }
    throw Error(
        ErrorKind::input,
        fmt::format("the pocket of '{}' around {} is empty: the nearest protein atom is {:.1f} A away",
                    structure.name, site.describe(), nearest),
        "the site is probably in the frame of another structure; take both from the same file or superpose "
        "them");
}

/// A ligand in another frame may still overlap the protein: then many of its atoms sit inside it.
void note_clashes(const Structure& structure, const SiteProbe& probe, std::vector<std::string>& notes) {
    std::vector<std::uint8_t> clashes(probe.points.size(), 0);
    for (std::size_t r = 0; r < structure.residues.size(); ++r) {
        if (probe.is_ligand[r] || structure.residues[r].kind != ResidueKind::amino_acid) continue;
        for (const auto& atom : structure.residues[r].atoms) {
            const auto& x = atom.position_angstrom;
            if (probe.distance_angstrom(x, kClash) > kClash) continue;
            for (std::size_t p = 0; p < probe.points.size(); ++p) {
                const auto& y = probe.points[p];
                clashes[p] |= std::hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]) < kClash;
            }
        }
    }
    const auto count = std::count(clashes.begin(), clashes.end(), 1);
    if (static_cast<std::size_t>(count) * 4 < clashes.size() || count < 2) return;
    notes.push_back(
        fmt::format("warning: {} of {} reference atoms lie within {} A of protein atoms; is the ligand in "
                    "the frame of this structure?",
                    count, clashes.size(), kClash));
}

}  // namespace
}  // namespace keyway::chem
