/// Pocket extraction: the part of a protein that a ligand can feel.
#pragma once

#include "keyway/chem/structure.hpp"
#include "keyway/core/pocket_definition.hpp"

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace keyway::chem {

/// Where to cut. Exactly one kind is set; `describe()` says which, for messages and run.json.
///
/// A ligand's heavy atoms are the exact site. The other kinds say less, so their distances are shifted to
/// give pockets of the same size; measured on 72 targets (50 residues, 251 tokens when cut by the ligand):
///
/// | site | distance counts from | cutoffs | overlap with the ligand's pocket (Jaccard, residues) |
/// |---|---|---|---|
/// | single centre | the centre | + 4 A | 0.74 |
/// | box (as for docking, ligand + 4 A) | the box with every face moved in by 5 A | | 0.78 |
/// | 4 or more residues | midpoints of all pairs of side chains | - 3 A | 0.79 |
/// | 1 to 3 residues | the mean of their side chains | + 4 A | |
///
/// Listed residues always belong to the pocket.
struct Site {
    enum class Kind { none, points, ligand_in_structure, residues, box } kind = Kind::none;
    /// points: heavy atoms of a reference ligand, or a single centre [A].
    std::vector<std::array<double, 3>> points_angstrom;
    /// ligand_in_structure: "NAME[:CHAIN[:NUMBER]]"; it is never part of the pocket.
    std::string ligand_spec;
    /// residues: "A:25", "A:60A".
    std::vector<std::string> residues;
    /// box: centre and full edge lengths [A].
    std::array<double, 3> centre_angstrom{}, size_angstrom{};
    std::string source;  ///< file or option text, for messages

    std::string describe() const;
};

/// Coordinates of the heavy atoms of the first molecule of an SDF (V2000, V3000), MOL2, PDB or PDBQT file,
/// plain or gz; bonds are not read. Throws Error(input): unreadable, no or more than 500 heavy atoms, no 3D
/// coordinates.
Site site_from_ligand_file(const std::filesystem::path& path);
/// "NAME[:CHAIN[:NUMBER]]", "_" is a blank chain. Throws Error(usage) for another form.
Site site_from_structure_ligand(const std::string& spec);
/// "A:25,A:60A,B:-3,_:7"; also "A:ASP:25" and, for any chain, "25". Throws Error(usage) for another form.
Site site_from_residues(const std::string& comma_separated);
/// Throw Error(usage) for values that are not finite, or edges that are not positive.
Site site_from_centre(const std::array<double, 3>& centre_angstrom);
Site site_from_box(const std::array<double, 3>& centre_angstrom, const std::array<double, 3>& size_angstrom);

/// Drug-like ligands inside a structure as "NAME:CHAIN:NUMBER", in file order: at least 7 heavy atoms and not
/// water, ion, buffer, cryo-protectant, detergent, sugar. Known cofactors (HEM, NAD, ATP ...) only if nothing
/// else is there.
std::vector<std::string> candidate_ligands(const Structure& structure);

/// Residue names that override the definition's policy. The policy: proteins and nucleic acids stay; waters,
/// metals (single-atom ions) and cofactors (known ones, and glycans) by the definition's switches; every
/// other molecule (buffers, lipids, unknown ligands) is left out. Whatever was left out or kept near the site
/// is in the notes.
struct HetPolicy {
    std::vector<std::string> keep, drop;
};

/// A cut pocket: residues in file order, with what the features need.
struct Pocket {
    std::string id;
    PocketDefinition definition;
    std::array<double, 3> site_centre_angstrom{};
    std::vector<Residue> residues;
    /// [residues][atoms] 1 where the atom is within the token cutoff of the site.
    std::vector<std::vector<std::uint8_t>> is_token;
    std::vector<std::string> notes;
};

/// Cut the pocket around `site`: whole residues within the residue cutoff (see `Site`). Coordinates stay in
/// the frame of the structure. The site's own ligand is never part of the pocket, whether named or given as a
/// file: what lies on the reference atoms (1 A) is left out and noted. Throws Error(input) with a hint: site
/// not found (lists candidates), empty pocket (nearest distance; usually another frame), residues without
/// side chains, more than 4000 atoms; Error(usage): a name both kept and dropped.
Pocket cut_pocket(const Structure& structure, const Site& site, const PocketDefinition& definition,
                  const HetPolicy& het = {});

}  // namespace keyway::chem
