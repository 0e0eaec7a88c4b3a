/// The columns of result tables: names with units, meanings, and how each value is written.
#include "result_row.hpp"

#include "keyway/core/affinity.hpp"
#include "keyway/core/error.hpp"
#include "keyway/core/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

namespace keyway::workflows {
namespace {

struct Column {
    ColumnHelp help;
    std::string (*write)(const ResultRow& row);  ///< of a row with status ok
    bool for_rejected;                           ///< written for rejected rows too
};

std::string with_four_digits(double value) { return fmt::format("{:.4g}", value); }

/// Best minus next, and the index of the best.
std::string selectivity(const ResultRow& row) {
    std::vector<float> sorted = row.pk_by_receptor;
    if (sorted.size() < 2) return "";
    std::partial_sort(sorted.begin(), sorted.begin() + 2, sorted.end(), std::greater<>());
    return fixed_field(sorted[0] - sorted[1], 4);
}

std::string truth(const std::optional<bool>& value) { return !value ? "" : *value ? "true" : "false"; }

const Column kColumns[] = {
    {{"rank", "1 = tightest", true}, [](const ResultRow& row) { return std::to_string(row.rank); }, false},
    {{"pk_sd", "standard deviation of pk_pred; calibrated where the model says so (`keyway inspect MODEL`)",
      true},
     [](const ResultRow& row) { return fixed_field(row.prediction.pk_sd, 3); },
     false},
    {{"pk_low", "lower end of the 90 % interval, pk_pred - 1.645 pk_sd", true},
     [](const ResultRow& row) {
         return fixed_field(row.prediction.pk - kInterval90 * row.prediction.pk_sd, 3);
     },
     false},
    {{"pk_high", "upper end of the 90 % interval", true},
     [](const ResultRow& row) {
         return fixed_field(row.prediction.pk + kInterval90 * row.prediction.pk_sd, 3);
     },
     false},
    {{"kd_nm_pred", "10^(9 - pk_pred) [nM]", true},
     [](const ResultRow& row) { return with_four_digits(kd_nm_from_pk(row.prediction.pk)); },
     false},
    {{"dg_kcal_mol_pred", "-1.3642 pk_pred [kcal/mol, 298.15 K]", true},
     [](const ResultRow& row) { return fixed_field(dg_kcal_mol_from_pk(row.prediction.pk), 3); },
     false},
    {{"ligand_efficiency", "1.3642 pk_pred / heavy atoms [kcal/mol per atom]", true},
     [](const ResultRow& row) { return fixed_field(kKcalPerPk * row.prediction.pk / row.heavy_atoms, 3); },
     false},
    {{"pk_sd_models", "several models: standard deviation of pk_pred over them", false},
     [](const ResultRow& row) { return fixed_field(row.pk_sd_models, 3); },
     false},
    {{kTruthColumn,
      "both are as near as the training set is to itself between targets; else do not trust pk_pred", true},
     [](const ResultRow& row) { return truth(row.domain.is_inside); },
     false},
    {{"nearest_train_similarity", "Tanimoto similarity (Morgan 2, 2048 bits) of the nearest training ligand",
      true},
     [](const ResultRow& row) { return fixed_field(row.domain.ligand.similarity, 3); },
     false},
    {{"nearest_train_ligand", "which one it is", true},
     [](const ResultRow& row) { return row.domain.ligand.name; },
     false},
    {{"nearest_train_pocket_similarity", "similarity of the nearest training pocket, by its residue pairs",
      true},
     [](const ResultRow& row) { return fixed_field(row.domain.pocket.similarity, 3); },
     false},
    {{"nearest_train_pocket", "which one it is", true},
     [](const ResultRow& row) { return row.domain.pocket.name; },
     false},
    {{"heavy_atoms", "after standardisation", true},
     [](const ResultRow& row) { return std::to_string(row.heavy_atoms); },
     false},
    {{"smiles",
      "what was scored: as written, or canonical where standardisation changed it or the input has none",
      true},
     [](const ResultRow& row) { return row.smiles; },
     false},
    {{"notes", "what standardisation changed; why a record was rejected", true},
     [](const ResultRow& row) { return row.notes; },
     true},
    {{"input_smiles", "as written in the input", false},
     [](const ResultRow& row) { return row.input_smiles; },
     true},
    {{"record", "0-based index over all inputs", false},
     [](const ResultRow& row) { return std::to_string(row.index); },
     true},
    {{"input_file", "which of several inputs", false}, nullptr, true},
    {{"receptor", "which of several receptors; with --matrix the one of pk_pred", false}, nullptr, true},
    {{"selectivity_pk", "--matrix: pk_pred of the best receptor minus the next", false},
     [](const ResultRow& row) { return selectivity(row); },
     false},
};

const Column* find_column(std::string_view name) {
    for (const Column& column : kColumns)
        if (column.help.name == name) return &column;
    return nullptr;
}

}  // namespace

std::vector<ColumnHelp> optional_columns() {
    std::vector<ColumnHelp> help;
    for (const Column& column : kColumns) help.push_back(column.help);
    return help;
}

bool ranks_before(const ResultRow& a, const ResultRow& b) {
    if (a.ok() != b.ok()) return a.ok();
    if (!a.ok()) return a.index != b.index ? a.index < b.index : a.receptor < b.receptor;
    if (a.receptor != b.receptor) return a.receptor < b.receptor;
    if (a.prediction.pk != b.prediction.pk) return a.prediction.pk > b.prediction.pk;
    return a.index < b.index;
}

RowColumns::RowColumns(const ScreenOptions& options)
    : names_(std::begin(kPromisedColumns), std::end(kPromisedColumns)),
      receptors_(options.receptor_names),
      row_is_wide_(options.shape == RowShape::matrix) {
    for (const auto& file : options.ligands) files_.push_back(file == "-" ? "stdin" : file.string());
    if (options.columns.empty()) {
        if (receptors_.size() > 1) names_.emplace_back("receptor");
        for (const Column& column : kColumns)
            if (column.help.in_default_set &&
                (column.help.name != "rank" || options.order == RowOrder::ranked))
                names_.emplace_back(column.help.name);
        if (!options.ensemble.empty()) names_.emplace_back("pk_sd_models");
        if (files_.size() > 1) names_.emplace_back("input_file");
        if (options.shape == RowShape::matrix) names_.emplace_back("selectivity_pk");
    }
    for (const auto& name : options.columns) {
        if (std::find(names_.begin(), names_.end(), name) != names_.end())
            continue;  // promised, or said twice
        if (!find_column(name)) {
            std::vector<std::string_view> known;
            for (const Column& column : kColumns) known.push_back(column.help.name);
            throw Error(ErrorKind::usage, fmt::format("unknown column '{}'", name),
                        fmt::format("choose from {}; {} are always there", fmt::join(known, ", "),
                                    fmt::join(kPromisedColumns, ", ")));
        }
        if (name == "rank" && options.order == RowOrder::input)
            throw Error(ErrorKind::usage, "column 'rank' needs a ranked table", "take --order ranked");
        names_.push_back(name);
    }
    if (options.shape == RowShape::matrix)
        for (const auto& receptor : receptors_) names_.push_back("pk_pred:" + receptor);
}

std::vector<std::string> RowColumns::values(const ResultRow& row) const {
    std::vector<std::string> values = {row.id, std::to_string(row.line),
                                       row.ok()            ? "ok"
                                       : row.was_skipped() ? "skipped"
                                                           : "rejected",
                                       row.reason, row.ok() ? fixed_field(row.prediction.pk, 4) : ""};
    const std::size_t wide = row_is_wide_ ? receptors_.size() : 0;
    for (std::size_t i = values.size(); i < names_.size() - wide; ++i) {
        const Column& column = *find_column(names_[i]);
        if (column.write)
            values.push_back(row.ok() || column.for_rejected ? column.write(row) : "");
        else if (column.help.name == "input_file")
            values.push_back(files_[row.file]);
        else
            values.push_back(receptor_of(row));
    }
    for (std::size_t i = 0; i < wide; ++i)
        values.push_back(row.ok() ? fixed_field(row.pk_by_receptor[i], 4) : "");
    return values;
}

std::vector<store::TableColumn> RowColumns::typed() const {
    static const std::set<std::string_view> kTexts = {"id",
                                                      "status",
                                                      "reason",
                                                      "smiles",
                                                      "notes",
                                                      "input_smiles",
                                                      "input_file",
                                                      "receptor",
                                                      kTruthColumn,
                                                      "nearest_train_ligand",
                                                      "nearest_train_pocket"};
    std::vector<store::TableColumn> columns;
    for (const auto& name : names_)
        columns.push_back({name, kTexts.count(name) > 0                     ? store::ColumnType::text
                                 : name == "input_line" || name == "record" ? store::ColumnType::whole
                                                                            : store::ColumnType::real});
    return columns;
}

/// In a matrix the best one; none of a rejected row.
const std::string& RowColumns::receptor_of(const ResultRow& row) const {
    static const std::string kNone;
    if (!row_is_wide_) return row.receptor < receptors_.size() ? receptors_[row.receptor] : kNone;
    if (!row.ok()) return kNone;
    const auto best = std::max_element(row.pk_by_receptor.begin(), row.pk_by_receptor.end());
    return receptors_[static_cast<std::size_t>(best - row.pk_by_receptor.begin())];
}

}  // namespace keyway::workflows
