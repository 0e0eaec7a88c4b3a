/// Pocket extraction: the part of a protein that a ligand can feel.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "keyway/chem/structure.hpp"
#include "keyway/core/pocket_definition.hpp"

namespace keyway::chem {

/// Where to cut. Exactly one kind is set; `describe()` says which, for messages and run.json.
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

Site site_from_ligand_file(const std::filesystem::path& path);  ///< SDF, MOL2, PDB; coordinates only
Site site_from_structure_ligand(const std::string& spec);
Site site_from_residues(const std::string& comma_separated);
Site site_from_centre(const std::array<double, 3>& centre_angstrom);
Site site_from_box(const std::array<double, 3>& centre_angstrom, const std::array<double, 3>& size_angstrom);

/// Drug-like ligands inside a structure (not water, ion, buffer or sugar), as "NAME:CHAIN:NUMBER".
std::vector<std::string> candidate_ligands(const Structure& structure);

/// Residue names that override the definition's policy.
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

/// Cut the pocket around `site`. Whole residues within the residue cutoff of any site point (for a box:
/// of the box). Coordinates stay in the frame of the structure.
/// Throws Error(input) with a hint: site not found (lists candidates), empty pocket (nearest distance; usually
/// another frame), residues without side chains, more than 4000 atoms.
Pocket cut_pocket(const Structure& structure, const Site& site, const PocketDefinition& definition,
                  const HetPolicy& het = {});

}  // namespace keyway::chem
