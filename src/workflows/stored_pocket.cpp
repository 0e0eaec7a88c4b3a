/// Pockets that are numbers already: those of an HDF5 dataset.
#include "keyway/core/error.hpp"
#include "keyway/store/dataset_file.hpp"
#include "keyway/workflows/prepare_pocket.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keyway::workflows {

std::string PreparedPocket::describe() const {
    return fmt::format("{} residues, {} atoms ({} within reach of the ligand)", residues, graph.atoms(),
                       tokens);
}

PreparedPocket stored_pocket(const std::filesystem::path& dataset, const std::string& id,
                             const PocketDefinition& definition) {
    const store::DatasetReader reader(dataset);
    const PocketDefinition& stored = reader.passport().pocket;
    const auto ids = reader.pocket_ids();
    const auto found = id.empty() && ids.size() == 1 ? ids.begin() : std::find(ids.begin(), ids.end(), id);
    if (found == ids.end()) {
        const std::vector<std::string> first(
            ids.begin(), ids.begin() + static_cast<long>(std::min<std::size_t>(ids.size(), 12)));
        throw Error(ErrorKind::usage,
                    id.empty() ? fmt::format("'{}' holds {} pockets, expected one to be named",
                                             dataset.string(), ids.size())
                               : fmt::format("'{}' has no pocket '{}'", dataset.string(), id),
                    ids.empty() ? "a library holds ligands only; name a structure or a dataset with -r"
                                : fmt::format("choose with --pocket: {}{}", fmt::join(first, ", "),
                                              ids.size() > first.size() ? ", ..." : ""));
    }
    if (!(stored == definition))
        throw Error(ErrorKind::incompatible,
                    fmt::format("the pockets of '{}' were cut as {}, expected {}", dataset.string(),
                                stored.to_text(), definition.to_text()),
                    "build the dataset with the model's pocket definition, or train a model on this one");
    PreparedPocket pocket;
    pocket.graph = reader.pocket(static_cast<std::int32_t>(found - ids.begin()));
    pocket.receptor = dataset.filename().string();
    pocket.site = fmt::format("pocket {} of {}", *found, dataset.filename().string());
    pocket.residues = static_cast<int>(pocket.graph.residue_labels.size());
    pocket.tokens =
        static_cast<int>(std::count(pocket.graph.is_token.begin(), pocket.graph.is_token.end(), 1));
    return pocket;
}

}  // namespace keyway::workflows
