/// A table of receptor-ligand pairs: one row out for every row in, receptors read once.
#include "row_writer.hpp"

#include "keyway/chem/write_ligand.hpp"
#include "keyway/core/error.hpp"
#include "keyway/core/table.hpp"
#include "keyway/features/features.hpp"
#include "keyway/workflows/score.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <tuple>

namespace keyway::workflows {
namespace {

namespace fs = std::filesystem;

/// A pocket ready for ligands, or why there is none.
using Receptor = Result<std::shared_ptr<const model::EncodedPocket>>;

fs::path beside(const fs::path& table, const std::string& name) {
    const fs::path path(name);
    return path.is_absolute() || table == "-" ? path : table.parent_path() / path;
}

std::optional<chem::Site> site_from_text(const fs::path& table, const std::string& text) {
    if (text.empty()) return std::nullopt;
    std::error_code ignored;
    if (const fs::path file = beside(table, text); fs::is_regular_file(file, ignored))
        return chem::site_from_ligand_file(file);
    // "MK1", "MK1:B:902" name a ligand; "A:25" and lists name residues: a chain has one letter, then a
    // number.
    const auto colon = text.find(':');
    const bool is_residues =
        text.find(',') != std::string::npos ||
        (colon != std::string::npos && text.find(':', colon + 1) == std::string::npos &&
         colon + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[colon + 1])));
    return is_residues ? chem::site_from_residues(text) : chem::site_from_structure_ligand(text);
}

class Receptors {
public:
    Receptors(const PairOptions& options, const model::Predictor& predictor)
        : options_(options), predictor_(predictor) {}

    const Receptor& get(const std::string& receptor, const std::string& site) {
        const auto key = std::make_pair(receptor, site);
        if (const auto known = receptors_.find(key); known != receptors_.end()) return known->second;
        if (receptors_.size() >= kMostKept) receptors_.clear();
        return receptors_.emplace(key, read(receptor, site)).first->second;
    }

private:
    static constexpr std::size_t kMostKept = 256;  // an encoded pocket is about a megabyte

    Receptor read(const std::string& receptor, const std::string& site) const {
        try {
            if (receptor.empty()) return Rejection{"pocket", "RECEPTOR", "the row names no receptor"};
            const PreparedPocket pocket =
                prepare_pocket(beside(options_.pairs, receptor), site_from_text(options_.pairs, site),
                               predictor_.passport().pocket, options_.het);
            return predictor_.encode(pocket.graph);
        } catch (const Error& error) {
            return Rejection{
                "pocket", "RECEPTOR",
                error.hint().empty() ? error.what() : fmt::format("{}; {}", error.what(), error.hint())};
        }
    }

    const PairOptions& options_;
    const model::Predictor& predictor_;
    std::map<std::pair<std::string, std::string>, Receptor> receptors_;
};

class PairScorer {
public:
    PairScorer(const PairOptions& options, const model::Predictor& predictor)
        : options_(options), predictor_(predictor), receptors_(options, predictor) {}

    void score(const TableReader& table, ResultRow& row) {
        const std::string ligand(table["ligand"]);
        row.input_smiles = ligand;
        const Receptor& receptor = receptors_.get(std::string(table["receptor"]), std::string(table["site"]));
        if (!receptor) return reject(row, receptor.rejection());

        std::error_code ignored;
        const fs::path file = beside(options_.pairs, ligand);
        const bool is_file = !ligand.empty() && fs::is_regular_file(file, ignored);
        const auto& rules = options_.rows.ligand;
        const auto molecule = is_file ? chem::read_ligand_files({file}, row.id, "", rules)
                                      : chem::parse_smiles(ligand, row.id, rules);
        if (!molecule) return reject(row, molecule.rejection());
        const auto graph = features::ligand_graph(molecule.value());
        if (!graph) return reject(row, graph.rejection());

        row.notes = fmt::format("{}", fmt::join(molecule.value().notes, "; "));
        row.smiles = graph.value().smiles;
        row.heavy_atoms = static_cast<int>(graph.value().atoms());
        if (row_format(options_.rows) == RowFormat::sdf) row.mol_block = chem::mol_block(molecule.value());
        row.prediction = predictor_.predict(*receptor.value(), {&graph.value(), 1}).front();
        if (!std::isfinite(row.prediction.pk) || !std::isfinite(row.prediction.pk_sd))
            reject(row, {"score", "NONFINITE", "the network gave no finite number"});
    }

private:
    static void reject(ResultRow& row, const Rejection& why) {
        row.reason = why.reason;
        row.notes = why.message;
    }

    const PairOptions& options_;
    const model::Predictor& predictor_;
    Receptors receptors_;
};

}  // namespace

ScreenSummary score_pairs(const PairOptions& options, const model::Predictor& predictor,
                          const Context& context) {
    const auto start = std::chrono::steady_clock::now();
    ScreenOptions rows = options.rows;
    rows.ligands = {options.pairs};
    rows.check();
    chem::warm_up_rdkit();
    TableReader table(options.pairs);
    table.require({"receptor", "ligand"});
    RowWriter writer(rows);
    PairScorer scorer(options, predictor);

    ScreenSummary summary;
    summary.threads = 1;
    summary.device = rows.device;
    context.progress.start("scoring", "pairs", std::nullopt);
    for (;;) {
        const auto line_before = table.line_number();
        ResultRow row;
        try {
            if (!table.next()) break;
            row.id = table["id"];
        } catch (const Error& error) {
            if (table.line_number() == line_before) throw;  // the file is damaged, not one row
            row.reason = "ROW_FIELDS";
            row.notes = error.what();
        }
        if (context.stop) {
            summary.interrupted = true;
            break;
        }
        row.index = summary.read++;
        row.line = table.line_number();
        if (row.id.empty()) row.id = fmt::format("{}:{}", options.pairs.filename().string(), row.line);
        if (row.ok()) scorer.score(table, row);
        ++(row.ok() ? summary.ok : summary.rejected);
        if (!row.ok()) ++summary.rejected_by_reason[row.reason];
        writer.add(std::move(row));
        context.progress.update(summary.read);
    }
    context.progress.finish();
    if (summary.read == 0 && !summary.interrupted)
        throw Error(ErrorKind::input, fmt::format("table '{}' has no rows", table.name()));
    summary.written = writer.finish(!summary.interrupted);
    summary.rows_written = writer.rows_written();
    summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return summary;
}

}  // namespace keyway::workflows
