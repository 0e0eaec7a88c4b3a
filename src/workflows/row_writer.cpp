/// CSV, TSV and SDF rows, streamed or ranked.
#include "row_writer.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/table.hpp"

#include <algorithm>

#ifdef KEYWAY_WITH_CHEMISTRY
#include "keyway/chem/write_ligand.hpp"
#endif

namespace keyway::workflows {
namespace {

/// The file has its incomplete name until every row is in it.
std::filesystem::path working_name(const ScreenOptions& options) {
    if (options.out == "-") return options.out;
    check_output_path(options.out, options.if_exists);
    return incomplete_name(options.out);
}

std::string one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

}  // namespace

struct RowWriter::Impl {
    explicit Impl(const ScreenOptions& options_in)
        : options(options_in),
          format(row_format(options)),
          columns(options),
          file(working_name(options), IfExists::overwrite) {
        if (format != RowFormat::sdf) file.write(table_row(columns.names(), table_format()));
    }

    TableFormat table_format() const {
        return format == RowFormat::csv ? TableFormat::csv : TableFormat::tsv;
    }

    void write(const ResultRow& row) {
        ++rows_written;
        std::vector<std::string> values = columns.values(row);
        if (format != RowFormat::sdf) {
            for (auto& value : values) value = one_line(std::move(value));
            file.write(table_row(values, table_format()));
            return;
        }
#ifdef KEYWAY_WITH_CHEMISTRY
        std::vector<std::pair<std::string, std::string>> fields;
        for (std::size_t i = 0; i < values.size(); ++i) fields.emplace_back(columns.names()[i], values[i]);
        file.write(chem::write_sdf_record(row.mol_block, row.id, fields));
#endif
    }

    const ScreenOptions& options;
    RowFormat format;
    RowColumns columns;
    OutputFile file;
    std::uint64_t rows_written = 0;
};

RowWriter::RowWriter(const ScreenOptions& options) : impl_(std::make_unique<Impl>(options)) {}
RowWriter::~RowWriter() = default;

void RowWriter::add(const ResultRow& row) { impl_->write(row); }

std::filesystem::path RowWriter::finish(bool is_complete) {
    impl_->file.commit();
    if (!is_complete || impl_->options.out == "-") return impl_->file.path();
    commit_part_file(impl_->file.path(), impl_->options.out);
    return impl_->options.out;
}

std::uint64_t RowWriter::rows_written() const { return impl_->rows_written; }

RowFormat row_format(const ScreenOptions& options) {
    RowFormat format = RowFormat::tsv;
    if (options.format) {
        format = *options.format;
    } else {
        std::filesystem::path name = options.out.filename();
        if (name.extension() == ".gz") name = name.stem();
        if (name.extension() == ".csv") format = RowFormat::csv;
        if (name.extension() == ".sdf" || name.extension() == ".sd") format = RowFormat::sdf;
        for (const auto* other : {".xlsx", ".xls", ".ods", ".json", ".jsonl", ".parquet", ".h5", ".hdf5",
                                  ".smi", ".smiles", ".mol2", ".mol", ".pdb"})
            if (name.extension() == other)
                throw Error(ErrorKind::usage,
                            std::string("cannot write '") + other + "' files, expected .tsv, .csv or .sdf",
                            "spreadsheets open .csv; --format overrides the ending");
    }
#ifndef KEYWAY_WITH_CHEMISTRY
    if (format == RowFormat::sdf)
        throw Error(ErrorKind::usage, "SDF output needs RDKit, and this keyway was built without chemistry",
                    "take --format csv or tsv");
#endif
    return format;
}

std::filesystem::path incomplete_name(const std::filesystem::path& out) {
    std::filesystem::path name = out.filename(), ending;
    if (name.extension() == ".gz") {
        ending = ".gz";
        name = name.stem();
    }
    const std::string incomplete =
        name.stem().string() + ".incomplete" + name.extension().string() + ending.string();
    return out.parent_path() / incomplete;
}

}  // namespace keyway::workflows
