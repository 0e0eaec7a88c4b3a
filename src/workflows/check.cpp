/// Counts what `screen` would read, refuse and change.
#include "keyway/workflows/check.hpp"

#include "ligand_source.hpp"
#include "thread_count.hpp"

#include "keyway/core/ordered_pool.hpp"
#include "keyway/core/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <unordered_set>

namespace keyway::workflows {
namespace {

struct Checked {
    std::string id;
    std::uint64_t line;
    PreparedLigand prepared;
};

std::vector<std::string> split_notes(const std::string& notes) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < notes.size();) {
        const std::size_t end = std::min(notes.find("; ", at), notes.size());
        parts.push_back(notes.substr(at, end - at));
        at = end + 2;
    }
    return parts;
}

void count(const Checked& checked, std::unordered_set<std::size_t>& seen, LigandCheck& result) {
    const auto example = [&](const std::string& of, const std::string& text) {
        result.first_example.emplace(
            of, fmt::format("{} (line {}){}{}", checked.id, checked.line, text.empty() ? "" : ": ", text));
    };
    ++result.read;
    if (!checked.prepared.graph) {
        const Rejection& why = checked.prepared.graph.rejection();
        ++result.rejected;
        ++result.rejected_by_reason[why.reason];
        example(why.reason, why.message);
        return;
    }
    const LigandGraph& graph = checked.prepared.graph.value();
    const int atoms = static_cast<int>(graph.atoms());
    result.fewest_heavy_atoms = result.ok == 0 ? atoms : std::min(atoms, result.fewest_heavy_atoms);
    result.most_heavy_atoms = std::max(atoms, result.most_heavy_atoms);
    ++result.ok;
    if (!seen.insert(std::hash<std::string>{}(graph.smiles)).second) ++result.repeated;
    for (const auto& note : split_notes(checked.prepared.notes)) {
        ++result.changed_by_note[note];
        example(note, "");
    }
}

}  // namespace

LigandCheck check_ligands(const std::filesystem::path& path, const ScreenOptions& options,
                          const Context& context) {
    constexpr std::size_t kChunk = 256;
    const auto source = open_ligand_source(path, options);
    const auto threads = static_cast<std::size_t>(thread_count(options.threads));
    LigandCheck result;
    std::unordered_set<std::size_t> seen;  // hashes: 8 bytes for each different molecule
    context.progress.start("checking", "ligands", source->size());
    using Raws = std::vector<RawLigand>;
    using Chunk = std::vector<Checked>;
    ordered_map<Raws, Chunk>(
        threads, 4 * threads,
        [&]() -> std::optional<Raws> {
            result.interrupted = context.stop;
            Raws raws;
            for (RawLigand raw; !context.stop && raws.size() < kChunk && source->next(raw);)
                raws.push_back(std::move(raw));
            if (raws.empty()) return std::nullopt;
            return raws;
        },
        [&](Raws&& raws, std::size_t) {
            auto prepared = source->prepare_all(raws, WithMolBlock::no);
            Chunk chunk;
            for (std::size_t i = 0; i < raws.size(); ++i)
                chunk.push_back({std::move(raws[i].id), raws[i].line, std::move(prepared[i])});
            return chunk;
        },
        [&](Chunk&& chunk) {
            for (const auto& checked : chunk) count(checked, seen, result);
            context.progress.update(result.read);
            return true;
        });
    context.progress.finish();
    return result;
}

}  // namespace keyway::workflows
