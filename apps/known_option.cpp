/// Reads known compounds and tells the user what became of them.
#include "known_option.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keyway::apps {
namespace po = boost::program_options;

void add_known_option(CommandLine& line, std::string& path) {
    line.group("Model").add_options()(
        "known", po::value(&path)->value_name("FILE"),
        "measured compounds of this target, to correct every prediction (what "
        "resembles them less is taken for weaker): a table with smiles and pk (or ki_nm, "
        "ic50_um, value and unit), or a .smi file of SMILES, id, value");
}

#ifdef KEYWAY_WITH_CHEMISTRY
std::vector<workflows::KnownCompound> read_known_compounds(const std::string& path,
                                                           const chem::LigandOptions& options, LogSink& log) {
    workflows::KnownFile file = workflows::read_known(path, options);
    constexpr std::size_t kMostNotes = 5;
    for (std::size_t i = 0; i < std::min(file.notes.size(), kMostNotes); ++i)
        log.warning(fmt::format("{}: {}", path, file.notes[i]));
    if (file.notes.size() > kMostNotes)
        log.warning(fmt::format("{}: {} more rows are left out", path, file.notes.size() - kMostNotes));
    const auto by_pk = [](const auto& a, const auto& b) { return a.pk < b.pk; };
    const auto [low, high] = std::minmax_element(file.compounds.begin(), file.compounds.end(), by_pk);
    log.info(fmt::format("known: {} measured compounds, pK {:.2f} to {:.2f}", file.compounds.size(), low->pk,
                         high->pk));
    return std::move(file.compounds);
}
#endif

}  // namespace keyway::apps
