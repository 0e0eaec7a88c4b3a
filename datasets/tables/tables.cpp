/// Label tables, row by row, joined with their targets.
#include "datasets/tables/tables.hpp"

#include "datasets/tables/target_table.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/text_input.hpp"

#include <fmt/format.h>

#include <set>

namespace keyway::datasets {
namespace {

class TableSource final : public RecordSource {
public:
    explicit TableSource(const SourceOptions& options)
        : options_(options),
          targets_(read_targets(options.targets)),
          excluded_(options.exclude_targets.begin(), options.exclude_targets.end()) {
        for (const auto& id : excluded_)
            if (!targets_.contains(id))
                throw Error(ErrorKind::usage, fmt::format("excluded target '{}' is in no target table", id));
        for (const auto& path :
             options.labels) {  // say what is wrong with the last table before reading the first
            TableReader table(path);
            table.require({"target_id"});
            require_label_columns(table);
            TextInput input(path);
            for (std::string line; input.next_line(line);) rows_ += line.empty() ? 0 : 1;
            --rows_;
        }
    }

    std::optional<std::variant<RawRecord, Rejected>> next() override {
        for (;;) {
            if (!table_) {
                if (next_table_ == options_.labels.size()) return std::nullopt;
                table_.emplace(options_.labels[next_table_++]);
            }
            const NextRow row = next_row(*table_);
            if (!row.end) return read(row);
            table_.reset();
        }
    }

    std::optional<std::uint64_t> size() const override { return rows_; }

    /// The reference ligand of every target that has one, by target id.
    std::vector<std::variant<RawRecord, Rejected>> poses() const override {
        std::vector<std::variant<RawRecord, Rejected>> poses;
        for (const auto& [id, target] : targets_) {
            if (target.site.reference_ligand.empty()) continue;
            const std::string name = id + "/reference";
            if (excluded_.contains(id)) {
                poses.emplace_back(Rejected{name, target.table, target.line, excluded(id)});
                continue;
            }
            RawRecord record;
            record.id = record.ligand_id = name;
            record.source = target.table;
            record.line = target.line;
            record.pocket_id = id;
            record.structure = target.structure;
            record.site = target.site;
            record.ligand_files = {target.site.reference_ligand};
            record.protein = target.protein;
            record.cluster = target.cluster;
            record.split = target.split;
            poses.emplace_back(std::move(record));
        }
        return poses;
    }

    std::vector<std::filesystem::path> index_files() const override {
        auto files = options_.targets;
        files.insert(files.end(), options_.labels.begin(), options_.labels.end());
        return files;
    }

private:
    static Rejection excluded(std::string_view target) {
        return {"read", "EXCLUDED", fmt::format("target '{}' is excluded on request", target)};
    }

    std::variant<RawRecord, Rejected> read(const NextRow& row) const {
        const auto refused = [&](std::string id, std::string reason, std::string message) {
            return Rejected{std::move(id),
                            table_name(*table_),
                            table_->line_number(),
                            {"read", std::move(reason), std::move(message)}};
        };
        if (!row.damage.empty()) return refused("", "ROW_FIELDS", row.damage);
        const std::string_view id = (*table_)["target_id"];
        const auto target = targets_.find(id);
        if (target == targets_.end())
            return refused(row_id(*table_), "UNKNOWN_TARGET",
                           fmt::format("target '{}' is in no target table", id));
        if (excluded_.contains(std::string(id)))
            return Rejected{row_id(*table_), table_name(*table_), table_->line_number(), excluded(id)};
        return record_from_row(*table_, target->second);
    }

    SourceOptions options_;
    std::map<std::string, Target, std::less<>> targets_;
    std::set<std::string> excluded_;
    std::optional<TableReader> table_;
    std::size_t next_table_ = 0;
    std::uint64_t rows_ = 0;
};

}  // namespace

std::unique_ptr<RecordSource> open_tables(const SourceOptions& options) {
    if (options.targets.empty() || options.labels.empty())
        throw Error(ErrorKind::usage, "tables need at least one target table and one label table",
                    "for example: --targets targets.csv --labels labels.csv");
    return std::make_unique<TableSource>(options);
}

}  // namespace keyway::datasets
