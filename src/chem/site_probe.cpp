/// Each kind of site to points, with the shifts that the table in pocket.hpp documents.
#include "chem/site_probe.hpp"

#include "chem/residue_names.hpp"
#include "chem/residue_spec.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace keyway::chem {
namespace {

constexpr double kCentreReach = 4.0;  // [A], see the table in pocket.hpp
constexpr double kBoxInset = 5.0;
constexpr double kLiningReach = -3.0;
constexpr std::size_t kMaxListed = 200;  // all pairs are looked at
constexpr std::size_t kFewResidues = 3;  // too few to enclose a cavity
constexpr double kSamePlace = 1.0;       // an atom this close to a ligand atom is that atom [A]

double distance(const Point& a, const Point& b) { return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]); }

Point mean(const std::vector<Point>& points) {
    Point sum{};
    for (const auto& point : points) {
        for (std::size_t k = 0; k < 3; ++k) sum[k] += point[k] / static_cast<double>(points.size());
    }
    return sum;
}

std::vector<Point> positions_of(const Residue& residue) {
    std::vector<Point> points;
    for (const auto& atom : residue.atoms) points.push_back(atom.position_angstrom);
    return points;
}

/// Mean of the side chain; of all atoms where there is none.
Point side_chain_centre(const Residue& residue) {
    std::vector<Point> side;
    for (const auto& atom : residue.atoms) {
        const bool is_backbone =
            atom.name == "N" || atom.name == "CA" || atom.name == "C" || atom.name == "O";
        if (!is_backbone) side.push_back(atom.position_angstrom);
    }
    return mean(side.empty() ? positions_of(residue) : side);
}

bool can_be_ligand(const Residue& residue) {
    return residue.kind == ResidueKind::other || residue.kind == ResidueKind::metal;
}

void probe_ligand_in_structure(const Structure& structure, const Site& site, SiteProbe& probe) {
    const ResidueSpec spec = ligand_spec(site.ligand_spec);
    std::vector<std::size_t> found;
    bool is_in_polymer = false;
    for (std::size_t r = 0; r < structure.residues.size(); ++r) {
        const auto& residue = structure.residues[r];
        if (!spec.matches(residue)) continue;
        can_be_ligand(residue) ? found.push_back(r) : void(is_in_polymer = true);
    }
    if (found.empty()) {
        const auto candidates = candidate_ligands(structure);
        throw Error(ErrorKind::input,
                    fmt::format("structure '{}' has no ligand {}{}", structure.name, site.ligand_spec,
                                is_in_polymer ? " (it is part of a chain or water)" : ""),
                    candidates.empty()
                        ? "no drug-like ligand is in it; give the site as a file, residues or a centre"
                        : fmt::format("ligands in it: {}", fmt::join(candidates, ", ")));
    }
    const auto& ligand = structure.residues[found[0]];
    probe.points = positions_of(ligand);
    probe.is_ligand[found[0]] = 1;
    if (found.size() > 1) {
        probe.notes.push_back(fmt::format("{} occurs {} times; the site is {}", site.ligand_spec,
                                          found.size(), ligand_label(ligand)));
    }
}

void probe_residues(const Structure& structure, const Site& site, SiteProbe& probe) {
    if (site.residues.size() > kMaxListed) {
        throw Error(ErrorKind::usage,
                    fmt::format("{} pocket residues are listed, at most {} make a site", site.residues.size(),
                                kMaxListed),
                    "list the residues that line the binding site");
    }
    std::vector<Point> centres;
    for (const auto& text : site.residues) {
        const ResidueSpec spec = residue_spec(text);
        bool found = false;
        for (std::size_t r = 0; r < structure.residues.size(); ++r) {
            const auto& residue = structure.residues[r];
            if (!spec.matches(residue) || residue.kind == ResidueKind::water) continue;
            found = true;
            if (probe.is_listed[r]) continue;
            probe.is_listed[r] = 1;
            centres.push_back(side_chain_centre(residue));
        }
        if (!found) {
            std::vector<std::string> chains;
            for (const auto& residue : structure.residues) {
                const std::string chain = residue.chain.empty() ? "_" : residue.chain;
                if (std::find(chains.begin(), chains.end(), chain) == chains.end()) chains.push_back(chain);
            }
            throw Error(
                ErrorKind::input, fmt::format("structure '{}' has no residue {}", structure.name, text),
                fmt::format("its chains are {}; write CHAIN:NUMBER as in the file, with insertion code",
                            fmt::join(chains, ", ")));
        }
    }
    if (centres.size() <= kFewResidues) {
        probe.points = {mean(centres)};
        probe.reach_angstrom = kCentreReach;
    } else {
        for (std::size_t i = 0; i < centres.size(); ++i) {
            for (std::size_t j = i + 1; j < centres.size(); ++j)
                probe.points.push_back(mean({centres[i], centres[j]}));
        }
        probe.reach_angstrom = kLiningReach;
    }
}

/// A ligand file's molecule is often still in the structure, as HETATM or as a peptide chain. A molecule or
/// ion that touches the reference's place cannot be there together with it; a polymer residue only if it is
/// the ligand.
void mark_what_lies_on_ligand(const Structure& structure, SiteProbe& probe) {
    for (std::size_t r = 0; r < structure.residues.size(); ++r) {
        const auto& residue = structure.residues[r];
        if (probe.is_ligand[r]) continue;
        const auto on_site = std::count_if(residue.atoms.begin(), residue.atoms.end(), [&](const Atom& atom) {
            return probe.distance_angstrom(atom.position_angstrom, kSamePlace) <= kSamePlace;
        });
        const bool is_polymer =
            residue.kind == ResidueKind::amino_acid || residue.kind == ResidueKind::nucleotide;
        const auto needed = is_polymer ? (static_cast<std::ptrdiff_t>(residue.atoms.size()) + 1) / 2 : 1;
        if (on_site < std::max<std::ptrdiff_t>(needed, 1)) continue;
        probe.is_ligand[r] = 1;
        if (residue.kind == ResidueKind::water) continue;
        probe.notes.push_back(fmt::format("left out {}: it lies on the reference ligand", residue.label()));
    }
}

}  // namespace

double SiteProbe::distance_angstrom(const Point& position, double enough) const {
    const double lower_bound = distance(position, centre) - radius_;
    if (lower_bound > enough) return lower_bound;
    double least = std::numeric_limits<double>::infinity();  // squared
    for (const auto& point : points) {
        double squared = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            const double outside = std::max(0.0, std::abs(position[k] - point[k]) - half_edges[k]);
            squared += outside * outside;
        }
        least = std::min(least, squared);
    }
    return std::sqrt(least);
}

SiteProbe probe_site(const Structure& structure, const Site& site) {
    SiteProbe probe;
    probe.is_ligand.assign(structure.residues.size(), 0);
    probe.is_listed.assign(structure.residues.size(), 0);
    switch (site.kind) {
        case Site::Kind::none: {
            const auto candidates = candidate_ligands(structure);
            throw Error(ErrorKind::usage, "no binding site is given",
                        candidates.empty()
                            ? "give a reference ligand, residues, a centre or a box"
                            : fmt::format("ligands in the structure: {}", fmt::join(candidates, ", ")));
        }
        case Site::Kind::points:
            if (site.points_angstrom.empty()) throw Error(ErrorKind::usage, "the site has no points");
            probe.points = site.points_angstrom;
            if (probe.points.size() == 1) probe.reach_angstrom = kCentreReach;
            break;
        case Site::Kind::ligand_in_structure:
            probe_ligand_in_structure(structure, site, probe);
            break;
        case Site::Kind::residues:
            probe_residues(structure, site, probe);
            break;
        case Site::Kind::box:
            probe.points = {site.centre_angstrom};
            for (std::size_t k = 0; k < 3; ++k) {
                probe.half_edges[k] = std::max(0.0, site.size_angstrom[k] / 2 - kBoxInset);
            }
            break;
    }
    probe.is_ligand_shaped = site.kind == Site::Kind::ligand_in_structure ||
                             (site.kind == Site::Kind::points && probe.points.size() > 1);
    probe.centre = mean(probe.points);
    for (const auto& point : probe.points)
        probe.radius_ = std::max(probe.radius_, distance(point, probe.centre));
    probe.radius_ += std::hypot(probe.half_edges[0], probe.half_edges[1], probe.half_edges[2]);
    if (probe.is_ligand_shaped) mark_what_lies_on_ligand(structure, probe);
    return probe;
}

}  // namespace keyway::chem
