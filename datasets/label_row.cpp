/// Table rows to records.
#include "datasets/label_row.hpp"

#include "keyway/core/affinity.hpp"
#include "keyway/core/error.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>

namespace keyway::datasets {
namespace {

std::optional<double> parse_number(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

Rejection refuse(std::string reason, std::string message) {
    return {"read", std::move(reason), std::move(message)};
}

/// `pk`, or `value` with `unit`. The relation stands for the number that is given.
Result<double> read_pk(const TableReader& row, Relation& relation) {
    const std::string_view column = row.has("pk") ? "pk" : "value";
    const auto number = parse_number(row[column]);
    if (!number)
        return refuse("PK_SYNTAX",
                      fmt::format("column '{}' is '{}', expected a number", column, row[column]));
    if (column == "pk") {
        if (*number < kMinPk || *number > kMaxPk)
            return refuse("PK_RANGE", fmt::format("pk is {}, expected {} to {}", *number, kMinPk, kMaxPk));
        return *number;
    }
    try {
        relation = flipped(relation);
        return pk_from_concentration(*number, row["unit"]);
    } catch (const Error& error) {
        return refuse("UNIT", error.what());
    }
}

/// Values inside one assay are comparable: same target, and same series where the table names one, else the
/// same kind of measurement from the same origin.
std::string assay_name(const TableReader& row, const Target& target, Measure measure) {
    const std::string_view assay = row["assay"];
    if (!assay.empty() && assay != "target") return fmt::format("{}/{}", target.id, assay);
    const std::string_view origin = row["source"];
    return fmt::format("{}/{}{}{}", target.id, to_string(measure), origin.empty() ? "" : "/", origin);
}

}  // namespace

void require_label_columns(const TableReader& table) {
    table.require({"smiles"});
    if (!table.has("pk")) table.require({"value", "unit"});
}

std::string row_id(const TableReader& row) {
    return row["target_id"].empty() ? std::string(row["ligand_id"])
                                    : fmt::format("{}/{}", row["target_id"], row["ligand_id"]);
}

std::string table_name(const TableReader& table) {
    return std::filesystem::path(table.name()).filename().string();
}

std::variant<RawRecord, Rejected> record_from_row(const TableReader& row, const Target& target) {
    RawRecord record;
    record.ligand_id = std::string(row["ligand_id"]);
    if (record.ligand_id.empty()) record.ligand_id = fmt::format("line_{}", row.line_number());
    record.id = fmt::format("{}/{}", target.id, record.ligand_id);
    record.source = table_name(row);
    record.line = row.line_number();
    record.pocket_id = target.id;
    record.structure = target.structure;
    record.site = target.site;
    record.smiles = std::string(row["smiles"]);
    record.protein = target.protein;
    record.cluster = target.cluster;
    record.split = target.split;
    const auto refused = [&](Rejection why) {
        return Rejected{record.id, record.source, record.line, std::move(why)};
    };
    try {
        if (!row["relation"].empty()) record.affinity.relation = parse_relation(row["relation"]);
    } catch (const Error& error) {
        return refused(refuse("RELATION", error.what()));
    }
    try {
        record.affinity.measure = parse_measure(row["measure"]);
    } catch (const Error& error) {
        return refused(refuse("MEASURE", error.what()));
    }
    const auto pk = read_pk(row, record.affinity.relation);
    if (!pk) return refused(pk.rejection());
    record.affinity.pk = pk.value();
    record.assay = assay_name(row, target, record.affinity.measure);
    return record;
}

NextRow next_row(TableReader& table) {
    const std::uint64_t before = table.line_number();
    try {
        return {!table.next(), ""};
    } catch (const Error& error) {
        if (table.line_number() == before) throw;  // the stream itself is damaged: no next row
        return {false, error.what()};
    }
}

}  // namespace keyway::datasets
