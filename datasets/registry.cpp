/// The list of data sources.
#include "keyway/datasets/registry.hpp"

#include "datasets/fep16/fep16.hpp"
#include "datasets/pdbbind/pdbbind.hpp"
#include "datasets/tables/tables.hpp"

#include "keyway/core/error.hpp"

namespace keyway::datasets {
namespace {

constexpr SourceKind kKinds[] = {
    {"pdbbind", "folders of complexes with a PDBbind index", open_pdbbind},
    {"tables", "a table of targets and tables of measured ligands", open_tables},
    {"fep16", "the 16-system free-energy benchmark, one folder per system", open_fep16},
};

}  // namespace

std::span<const SourceKind> source_kinds() { return kKinds; }

std::unique_ptr<RecordSource> open_source(std::string_view name, const SourceOptions& options) {
    std::string names;
    for (const auto& kind : kKinds) {
        if (kind.name == name) return kind.open(options);
        names += (names.empty() ? "" : ", ") + std::string(kind.name);
    }
    throw Error(ErrorKind::usage,
                "unknown data source '" + std::string(name) + "', expected one of " + names);
}

}  // namespace keyway::datasets
