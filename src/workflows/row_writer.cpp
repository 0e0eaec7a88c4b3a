/// Rows as CSV, TSV, JSON lines, SDF or HDF5.
#include "row_writer.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/table.hpp"
#include "keyway/store/table_file.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

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

/// What is not UTF-8 becomes U+FFFD.
std::string as_json(const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}
std::string as_utf8(std::string text) {
    const bool is_ascii =
        std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0 && c < 0x80; });
    return is_ascii ? text : nlohmann::json::parse(as_json(text)).get<std::string>();
}

/// Numbers stand as in a table; what is empty or not finite is null.
std::string json_row(const std::vector<store::TableColumn>& columns, const std::vector<std::string>& values) {
    std::string line;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const bool is_text = columns[i].type == store::ColumnType::text;
        const bool is_null =
            values[i].empty() ||
            (!is_text && values[i].find_first_not_of("0123456789+-.eE") != std::string::npos);
        line += (i == 0 ? "{" : ", ") + as_json(columns[i].name) + ": ";
        const bool is_quoted = is_text && columns[i].name != kTruthColumn;
        line += is_null ? "null" : is_quoted ? as_json(values[i]) : values[i];
    }
    return line + "}\n";
}

}  // namespace

struct RowWriter::Impl {
    explicit Impl(const ScreenOptions& options_in)
        : options(options_in),
          format(row_format(options)),
          columns(options),
          typed(columns.typed()),
          name(working_name(options)) {
        if (format == RowFormat::h5) {
            part = part_path(name);
            hdf5.emplace(part, typed);
            return;
        }
        file.emplace(name, IfExists::overwrite);
        if (format == RowFormat::csv || format == RowFormat::tsv)
            file->write(table_row(columns.names(), table_format()));
    }
    ~Impl() {
        if (part.empty()) return;
        hdf5.reset();
        std::error_code ignored;
        std::filesystem::remove(part, ignored);  // nothing is left of it after `finish`
    }

    TableFormat table_format() const {
        return format == RowFormat::csv ? TableFormat::csv : TableFormat::tsv;
    }

    void write(const ResultRow& row) {
        ++rows_written;
        std::vector<std::string> values = columns.values(row);
        if (format != RowFormat::sdf)
            for (auto& value : values) value = one_line(std::move(value));
        switch (format) {
            case RowFormat::csv:
            case RowFormat::tsv:
                return file->write(table_row(values, table_format()));
            case RowFormat::jsonl:
                return file->write(json_row(typed, values));
            case RowFormat::h5:
                for (auto& value : values) value = as_utf8(std::move(value));
                return hdf5->add(values);
            case RowFormat::sdf:
                break;
        }
#ifdef KEYWAY_WITH_CHEMISTRY
        std::vector<std::pair<std::string, std::string>> fields;
        for (std::size_t i = 0; i < values.size(); ++i) fields.emplace_back(columns.names()[i], values[i]);
        file->write(chem::write_sdf_record(row.mol_block, row.id, fields));
#endif
    }

    /// Under the incomplete name, or on stdout.
    void close() {
        if (file) return file->commit();
        hdf5->close();
        commit_part_file(part, name);
    }

    const ScreenOptions& options;
    RowFormat format;
    RowColumns columns;
    std::vector<store::TableColumn> typed;
    std::filesystem::path name, part;
    std::optional<OutputFile> file;
    std::optional<store::TableFileWriter> hdf5;
    std::uint64_t rows_written = 0;
};

RowWriter::RowWriter(const ScreenOptions& options) : impl_(std::make_unique<Impl>(options)) {}
RowWriter::~RowWriter() = default;

void RowWriter::add(const ResultRow& row) { impl_->write(row); }

std::filesystem::path RowWriter::finish(bool is_complete) {
    impl_->close();
    if (!is_complete || impl_->options.out == "-") return impl_->name;
    commit_part_file(impl_->name, impl_->options.out);
    return impl_->options.out;
}

std::uint64_t RowWriter::rows_written() const { return impl_->rows_written; }

RowFormat row_format(const ScreenOptions& options) {
    RowFormat format = RowFormat::tsv;
    std::filesystem::path name = options.out.filename();
    const bool is_compressed = name.extension() == ".gz";
    if (is_compressed) name = name.stem();
    const std::string ending = name.extension().string();
    if (options.format) {
        format = *options.format;
    } else {
        if (ending == ".csv") format = RowFormat::csv;
        if (ending == ".jsonl" || ending == ".ndjson") format = RowFormat::jsonl;
        if (ending == ".h5" || ending == ".hdf5") format = RowFormat::h5;
        if (ending == ".sdf" || ending == ".sd") format = RowFormat::sdf;
        for (const auto* other :
             {".xlsx", ".xls", ".ods", ".json", ".parquet", ".smi", ".smiles", ".mol2", ".mol", ".pdb"})
            if (ending == other)
                throw Error(ErrorKind::usage,
                            std::string("cannot write '") + other +
                                "' files, expected .tsv, .csv, .jsonl, .h5 or .sdf",
                            ending == ".json" ? "one JSON object a line: .jsonl"
                                              : "spreadsheets open .csv; --format overrides the ending");
    }
    if (format == RowFormat::h5 && (is_compressed || options.out == "-"))
        throw Error(ErrorKind::usage,
                    options.out == "-" ? "an HDF5 table cannot go to standard output"
                                       : "an HDF5 table is compressed inside, and '.gz' would hide it",
                    "name a file: -o hits.h5");
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
