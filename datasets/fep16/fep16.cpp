/// Reads the benchmark's folders.
#include "datasets/fep16/fep16.hpp"

#include "datasets/label_row.hpp"

#include "keyway/core/error.hpp"

#include <optional>

namespace keyway::datasets {
namespace {

class Fep16Source final : public RecordSource {
public:
    explicit Fep16Source(const std::filesystem::path& folder) : folder_(folder) {
        TableReader row(folder / "systems.csv");
        row.require({"system"});
        while (row.next()) {
            Target target;
            target.id = std::string(row["system"]);
            target.protein = std::string(row["gene"]);
            target.split = "test";
            target.structure = folder / target.id / "protein.pdb.gz";
            target.site.reference_ligand = folder / target.id / "reference.sdf";
            require_label_columns(TableReader(labels_of(target)));
            targets_.push_back(std::move(target));
        }
    }

    std::optional<std::variant<RawRecord, Rejected>> next() override {
        for (; at_ < targets_.size(); ++at_, table_.reset()) {
            if (!table_) table_.emplace(labels_of(targets_[at_]));
            const NextRow row = next_row(*table_);
            if (!row.end) return read(row);
        }
        return std::nullopt;
    }

    std::vector<std::filesystem::path> index_files() const override {
        std::vector<std::filesystem::path> files{folder_ / "systems.csv"};
        for (const auto& target : targets_) files.push_back(labels_of(target));
        return files;
    }

private:
    std::filesystem::path labels_of(const Target& target) const {
        return folder_ / target.id / "ligands.csv";
    }

    std::variant<RawRecord, Rejected> read(const NextRow& row) const {
        const Target& target = targets_[at_];
        const std::string source = target.id + "/ligands.csv";
        if (!row.damage.empty())
            return Rejected{target.id, source, table_->line_number(), {"read", "ROW_FIELDS", row.damage}};
        auto result = record_from_row(*table_, target);
        if (auto* refused = std::get_if<Rejected>(&result)) refused->source = source;
        if (auto* record = std::get_if<RawRecord>(&result)) {
            record->source = source;
            record->assay = target.id;  // a system is one published series
        }
        return result;
    }

    std::filesystem::path folder_;
    std::vector<Target> targets_;
    std::optional<TableReader> table_;
    std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<RecordSource> open_fep16(const SourceOptions& options) {
    return std::make_unique<Fep16Source>(options.folder);
}

}  // namespace keyway::datasets
