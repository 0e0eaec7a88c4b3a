/// A table of receptor-ligand pairs: one row out for every row in, receptors read once.
#include "row_writer.hpp"
#include "thread_count.hpp"

#include "keyway/chem/write_ligand.hpp"
#include "keyway/core/error.hpp"
#include "keyway/core/ordered_pool.hpp"
#include "keyway/core/table.hpp"
#include "keyway/features/features.hpp"
#include "keyway/workflows/score.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

namespace keyway::workflows {
namespace {

namespace fs = std::filesystem;

struct ReadyPocket {
    std::shared_ptr<const model::EncodedPocket> encoded;
    NearestInTraining nearest;
};

/// A pocket ready for ligands, or why there is none.
using Receptor = Result<ReadyPocket>;

/// What all pairs are scored with.
struct Scoring {
    const PairOptions& options;
    const Ensemble& models;
    const TrainingDomain& domain;
};

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

/// Pockets by receptor and site, each read by the first thread that needs it.
class Receptors {
public:
    explicit Receptors(const Scoring& scoring) : scoring_(scoring) {}

    Receptor get(const std::string& receptor, const std::string& site) {
        const auto entry = entry_of({receptor, site});
        std::call_once(entry->read, [&] { entry->receptor = read(receptor, site); });
        return entry->receptor;
    }

private:
    static constexpr std::size_t kMostKept = 256;  // an encoded pocket is about a megabyte

    struct Entry {
        std::once_flag read;
        Receptor receptor = Rejection{};
    };

    std::shared_ptr<Entry> entry_of(const std::pair<std::string, std::string>& key) {
        const std::scoped_lock lock(mutex_);
        if (entries_.size() >= kMostKept && !entries_.count(key)) entries_.clear();  // those in use live on
        auto& entry = entries_[key];
        if (!entry) entry = std::make_shared<Entry>();
        return entry;
    }

    Receptor read(const std::string& receptor, const std::string& site) const {
        try {
            if (receptor.empty()) return Rejection{"pocket", "RECEPTOR", "the row names no receptor"};
            const PreparedPocket pocket = prepare_pocket(
                beside(scoring_.options.pairs, receptor), site_from_text(scoring_.options.pairs, site),
                scoring_.models.passport().pocket, scoring_.options.het);
            return ReadyPocket{scoring_.models.encode(pocket.graph), scoring_.domain.nearest(pocket.graph)};
        } catch (const Error& error) {
            return Rejection{
                "pocket", "RECEPTOR",
                error.hint().empty() ? error.what() : fmt::format("{}; {}", error.what(), error.hint())};
        }
    }

    const Scoring scoring_;
    std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, std::shared_ptr<Entry>> entries_;
};

/// One row of the table; `row` holds what is known of it before it is scored.
struct Pair {
    std::string receptor, site, ligand;
    ResultRow row;
};

/// "poses/a.sdf" is meant as a file even where it is missing.
bool names_a_file(const fs::path& text) {
    static const std::set<std::string> kEndings = {".sdf", ".sd", ".mol", ".mol2", ".smi", ".pdb", ".gz"};
    return kEndings.count(text.extension().string()) > 0;
}

class PairScorer {
public:
    explicit PairScorer(const Scoring& scoring)
        : options_(scoring.options), scoring_(scoring), receptors_(scoring) {}

    /// Thread-safe.
    ResultRow score(Pair&& pair) {
        ResultRow row = std::move(pair.row);
        if (!row.ok()) return row;
        row.input_smiles = pair.ligand;
        try {
            score(pair, row);
        } catch (const std::exception& error) {  // one pair never ends the run
            reject(row, {"score", "SCORE_FAILED", error.what()});
        }
        return row;
    }

private:
    void score(const Pair& pair, ResultRow& row) {
        const Receptor receptor = receptors_.get(pair.receptor, pair.site);
        if (!receptor) return reject(row, receptor.rejection());

        std::error_code ignored;
        const fs::path file = beside(options_.pairs, pair.ligand);
        const bool is_file = !pair.ligand.empty() && fs::is_regular_file(file, ignored);
        if (!is_file && names_a_file(pair.ligand))
            return reject(row, {"read", "NO_FILE", fmt::format("cannot open '{}'", file.string())});
        const auto& rules = options_.rows.ligand;
        const auto molecule = is_file ? chem::read_ligand_files({file}, row.id, "", rules)
                                      : chem::parse_smiles(pair.ligand, row.id, rules);
        if (!molecule) return reject(row, molecule.rejection());
        const auto graph = features::ligand_graph(molecule.value());
        if (!graph) return reject(row, graph.rejection());

        row.notes = fmt::format("{}", fmt::join(molecule.value().notes, "; "));
        row.smiles = graph.value().smiles;
        row.heavy_atoms = static_cast<int>(graph.value().atoms());
        if (row_format(options_.rows) == RowFormat::sdf) row.mol_block = chem::mol_block(molecule.value());
        const Mixture mixture =
            scoring_.models.mixtures(*receptor.value().encoded, {&graph.value(), 1}).front();
        row.prediction = mixture.prediction;
        row.pk_sd_models = mixture.pk_sd_models;
        row.domain = scoring_.domain.place(scoring_.domain.nearest(graph.value()), receptor.value().nearest);
        if (!std::isfinite(row.prediction.pk) || !std::isfinite(row.prediction.pk_sd))
            reject(row, {"score", "NONFINITE", "the network gave no finite number"});
    }

    static void reject(ResultRow& row, const Rejection& why) {
        row.reason = why.reason;
        row.notes = why.message;
    }

    const PairOptions& options_;
    const Scoring scoring_;
    Receptors receptors_;
};

/// The next row of the table; a row with the wrong number of fields is a rejected one.
std::optional<Pair> next_pair(TableReader& table, const fs::path& path) {
    const auto line_before = table.line_number();
    Pair pair;
    try {
        if (!table.next()) return std::nullopt;
        pair = {std::string(table["receptor"]), std::string(table["site"]), std::string(table["ligand"]), {}};
        pair.row.id = table["id"];
    } catch (const Error& error) {
        if (table.line_number() == line_before) throw;  // the file is damaged, not one row
        pair.row.reason = "ROW_FIELDS";
        pair.row.notes = error.what();
    }
    pair.row.line = table.line_number();
    if (pair.row.id.empty()) pair.row.id = fmt::format("{}:{}", path.filename().string(), pair.row.line);
    return pair;
}

}  // namespace

ScreenSummary score_pairs(const PairOptions& options, const Ensemble& models, const Context& context) {
    const auto start = std::chrono::steady_clock::now();
    ScreenOptions rows = options.rows;
    rows.ligands = {options.pairs};
    rows.check();
    chem::warm_up_rdkit();
    TableReader table(options.pairs);
    for (const auto* column : {"receptor", "ligand"})
        if (!table.has(column))
            throw Error(ErrorKind::input,
                        fmt::format("table '{}' has no column '{}', found: {}", options.pairs.string(),
                                    column, fmt::join(table.columns(), ", ")),
                        "a table of pairs has the columns receptor, ligand, optional id and site");
    RowWriter writer(rows);
    const TrainingDomain domain = domain_of(models, all_models(rows.model, rows.ensemble));
    if (!domain.note().empty()) context.log.info(domain.note());
    PairScorer scorer({options, models, domain});

    ScreenSummary summary;
    summary.threads = thread_count(rows.threads);
    summary.device = rows.device;
    context.progress.start("scoring", "pairs", std::nullopt);
    const auto threads = static_cast<std::size_t>(summary.threads);
    ordered_map<Pair, ResultRow>(
        threads, 8 * threads,
        [&]() -> std::optional<Pair> {
            if (context.stop) {
                summary.interrupted = true;
                return std::nullopt;
            }
            return next_pair(table, options.pairs);
        },
        [&](Pair&& pair, std::size_t) { return scorer.score(std::move(pair)); },
        [&](ResultRow&& row) {
            row.index = summary.read++;
            ++(row.ok() ? summary.ok : summary.rejected);
            if (!row.ok()) ++summary.rejected_by_reason[row.reason];
            writer.add(std::move(row));
            context.progress.update(summary.read);
            return true;
        });
    context.progress.finish();
    if (summary.read == 0 && !summary.interrupted)
        throw Error(ErrorKind::input, fmt::format("table '{}' has no rows", table.name()));
    summary.written = writer.finish(!summary.interrupted);
    summary.rows_written = writer.rows_written();
    summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return summary;
}

}  // namespace keyway::workflows
