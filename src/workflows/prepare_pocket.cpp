/// Structure file -> pocket graph, and the choice of the site when the user names none.
#include "keyway/workflows/prepare_pocket.hpp"

#include "keyway/core/error.hpp"
#include "keyway/features/features.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keyway::workflows {
namespace {

chem::Site only_ligand_of(const chem::Structure& structure, const std::filesystem::path& receptor) {
    const auto candidates = chem::candidate_ligands(structure);
    if (candidates.size() == 1) return chem::site_from_structure_ligand(candidates.front());
    if (candidates.empty())
        throw Error(ErrorKind::usage,
                    fmt::format("no site is given, and '{}' has no drug-like ligand to take it from",
                                receptor.string()),
                    "name the site: --autobox-ligand FILE, --pocket-residues A:25,B:25 or --center x,y,z");
    throw Error(ErrorKind::usage,
                fmt::format("no site is given, and '{}' has {} ligands that could mark it", receptor.string(),
                            candidates.size()),
                fmt::format("choose one with --site-ligand: {}", fmt::join(candidates, ", ")));
}

}  // namespace

PreparedPocket prepare_pocket(const std::filesystem::path& receptor, const std::optional<chem::Site>& site,
                              const PocketDefinition& definition, const chem::HetPolicy& het) {
    const chem::Structure structure = chem::read_structure(receptor);
    const chem::Site chosen = site ? *site : only_ligand_of(structure, receptor);
    const chem::Pocket cut = chem::cut_pocket(structure, chosen, definition, het);

    PreparedPocket pocket;
    pocket.graph = features::pocket_graph(cut);
    pocket.receptor = receptor.filename().string();
    pocket.site = chosen.describe() + (site ? "" : " (the only drug-like ligand of the structure)");
    pocket.residues = static_cast<int>(pocket.graph.residue_labels.size());
    pocket.tokens =
        static_cast<int>(std::count(pocket.graph.is_token.begin(), pocket.graph.is_token.end(), 1));
    pocket.notes = structure.notes;
    pocket.notes.insert(pocket.notes.end(), cut.notes.begin(), cut.notes.end());
    return pocket;
}

}  // namespace keyway::workflows
