/// Measured compounds as chemists keep them: a table with a value column, or SMILES with a number behind.
#include "keyway/core/affinity.hpp"
#include "keyway/core/error.hpp"
#include "keyway/core/table.hpp"
#include "keyway/features/features.hpp"
#include "keyway/workflows/known_compounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <sstream>

namespace keyway::workflows {
namespace {

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// "7.2", "< 10 nM", ">50uM": relation, number, unit.
struct Value {
    Relation relation = Relation::equal;
    double number = 0;
    std::string unit;
};

std::optional<Value> parse_value(std::string_view text) {
    text = trimmed(text);
    Value value;
    const auto sign = text.find_first_not_of("<>=~");
    if (sign == std::string_view::npos) return std::nullopt;
    if (sign > 0) value.relation = parse_relation(text.substr(0, sign));
    text = trimmed(text.substr(sign));
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value.number);
    if (error != std::errc{} || !std::isfinite(value.number)) return std::nullopt;
    value.unit = trimmed(text.substr(static_cast<std::size_t>(end - text.data())));
    return value;
}

enum class Scale { pk, concentration };

/// Which column holds the value and how it is to be read.
struct ValueColumn {
    std::string name, unit;  ///< unit: of the column's name; empty: in the field or in column `unit`
    Scale scale = Scale::pk;
};

std::optional<ValueColumn> value_column(const std::vector<std::string>& columns) {
    static const std::set<std::string> kPk{"pk", "pkd", "pki", "pic50", "pec50", "pk_measured"};
    static const std::set<std::string> kConcentration{"kd", "ki", "ic50", "ec50", "value", "affinity"};
    for (const auto& name : columns)
        if (kPk.count(lower(name))) return ValueColumn{name, "", Scale::pk};
    for (const auto& name : columns) {
        const std::string low = lower(name);
        if (kConcentration.count(low)) return ValueColumn{name, "", Scale::concentration};
        const auto underscore = low.rfind('_');
        if (underscore == std::string::npos || !kConcentration.count(low.substr(0, underscore))) continue;
        const std::string unit = low.substr(underscore + 1);
        static const std::map<std::string, std::string> kUnits{{"m", "M"},   {"mm", "mM"}, {"um", "uM"},
                                                               {"nm", "nM"}, {"pm", "pM"}, {"fm", "fM"}};
        if (const auto found = kUnits.find(unit); found != kUnits.end())
            return ValueColumn{name, found->second, Scale::concentration};
    }
    return std::nullopt;
}

/// One row before chemistry.
struct KnownRow {
    std::string id, smiles, value, unit, relation;
    Scale scale = Scale::pk;
    std::uint64_t line = 0;
};

/// pK of the row, or the reason why it is left out. Throws Error from parsing units and relations.
Result<double> pk_of(const KnownRow& row) {
    auto value = parse_value(row.value);
    if (!value) return Rejection{"read", "PK_SYNTAX", fmt::format("'{}' is no number", row.value)};
    if (!row.relation.empty()) value->relation = parse_relation(row.relation);
    if (value->relation == Relation::less || value->relation == Relation::greater)
        return Rejection{"read", "BOUND", "a bound is not a value"};
    if (!row.unit.empty()) value->unit = row.unit;
    if (row.scale == Scale::concentration || !value->unit.empty()) {
        if (value->unit.empty()) return Rejection{"read", "UNIT", fmt::format("'{}' has no unit", row.value)};
        return pk_from_concentration(value->number, value->unit);
    }
    if (value->number < kMinPk || value->number > kMaxPk)
        return Rejection{
            "read", "PK_RANGE",
            fmt::format("pK {} lies outside {} to {}: is it a concentration?", row.value, kMinPk, kMaxPk)};
    return value->number;
}

void add(const KnownRow& row, const chem::LigandOptions& options, KnownFile& file) {
    const auto leave_out = [&](std::string_view why) {
        file.notes.push_back(fmt::format("line {} ({}) is left out: {}", row.line, row.id, why));
    };
    try {
        const auto pk = pk_of(row);
        if (!pk) return leave_out(pk.rejection().message);
        const auto molecule = chem::parse_smiles(row.smiles, row.id, options);
        if (!molecule) return leave_out(molecule.rejection().message);
        auto graph = features::ligand_graph(molecule.value());
        if (!graph) return leave_out(graph.rejection().message);
        file.compounds.push_back({row.id, std::move(graph.value()), static_cast<float>(pk.value())});
    } catch (const Error& error) {
        leave_out(error.what());
    }
}

bool is_smiles_file(std::filesystem::path path) {
    if (path.extension() == ".gz") path.replace_extension();
    return path.extension() == ".smi" || path.extension() == ".smiles";
}

void read_smiles_file(const std::filesystem::path& path, const chem::LigandOptions& options,
                      KnownFile& file) {
    TextInput input(path);
    for (std::string line; input.next_line(line);) {
        std::istringstream words(line);
        KnownRow row;
        row.line = input.line_number();
        if (!(words >> row.smiles) || row.smiles.front() == '#') continue;
        words >> row.id;
        std::getline(words, row.value);
        row.value = trimmed(row.value);
        if (row.value.empty()) std::swap(row.id, row.value);  // SMILES value
        if (row.id.empty()) row.id = fmt::format("line {}", row.line);
        add(row, options, file);
    }
}

std::string_view first_of(const TableReader& table, std::initializer_list<const char*> names) {
    for (const char* name : names)
        if (table.has(name)) return table[name];
    return {};
}

void read_table(const std::filesystem::path& path, const chem::LigandOptions& options, KnownFile& file) {
    TableReader table(path);
    const auto column = value_column(table.columns());
    if (!column || !(table.has("smiles") || table.has("SMILES")))
        throw Error(
            ErrorKind::input,
            fmt::format("'{}' has no column {}, found: {}", path.string(),
                        column ? "'smiles'" : "with a measured value", fmt::join(table.columns(), ", ")),
            "known compounds need the columns smiles and pk, or ki_nm, or value and unit");
    while (true) {
        KnownRow row;
        const auto before = table.line_number();
        try {
            if (!table.next()) break;
        } catch (const Error& error) {
            if (table.line_number() == before) throw;
            file.notes.push_back(fmt::format("line {} is left out: {}", table.line_number(), error.what()));
            continue;
        }
        row.line = table.line_number();
        row.smiles = first_of(table, {"smiles", "SMILES"});
        row.id = first_of(table, {"id", "ligand_id", "name", "ID", "Name"});
        if (row.id.empty()) row.id = fmt::format("line {}", row.line);
        row.value = table[column->name];
        row.unit = column->unit.empty() ? std::string(table["unit"]) : column->unit;
        row.relation = table["relation"];
        row.scale = column->scale;
        add(row, options, file);
    }
}

}  // namespace

KnownFile read_known(const std::filesystem::path& path, const chem::LigandOptions& options) {
    chem::warm_up_rdkit();
    KnownFile file;
    if (is_smiles_file(path))
        read_smiles_file(path, options, file);
    else
        read_table(path, options, file);
    if (file.compounds.empty())
        throw Error(ErrorKind::input, fmt::format("no known compound of '{}' can be used", path.string()),
                    file.notes.empty() ? "the file has no rows" : file.notes.front());
    return file;
}

}  // namespace keyway::workflows
