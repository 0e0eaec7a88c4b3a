/// CSV and TSV files by column name, row by row: a broken row is one rejected record.
#include "record_splitter.hpp"
#include "smiles_lexer.hpp"
#include "text_fields.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keyway::chem {
namespace {

/// True if a quoted field of `line` is still open at its end. Quotes open only at the start of a field.
bool ends_inside_quotes(std::string_view line, char separator) {
    bool open = false, at_start = true;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (open) {
            if (c != '"') continue;
            if (i + 1 < line.size() && line[i + 1] == '"')
                ++i;
            else
                open = false;
        } else if (c == '"' && at_start) {
            open = true;
        }
        at_start = !open && c == separator;
    }
    return open;
}

class TableSplitter : public RecordSplitter {
public:
    TableSplitter(LineSource& lines, const LigandFileOptions& options) {
        const Line* first = skip_comments(lines);
        if (!first) return;  // an empty file has no records
        const auto& file = lines.input().name();
        std::string_view text = first->text;
        const auto hash = text.find_first_not_of("# ");
        separator_ = table_separator(text);
        auto columns = split_table_line(text.substr(hash), separator_);
        for (auto& column : columns) column = trimmed(column);
        width_ = columns.size();

        const bool named = !options.smiles_column.empty() || !options.id_column.empty();
        const bool header = options.header.value_or(named || find_smiles_column(columns, file).has_value());
        if (header) {
            smiles_ = options.smiles_column.empty() ? find_smiles_column(columns, file)
                                                    : column_named(columns, options.smiles_column, file);
            if (!smiles_) no_smiles(file, columns);
            id_ = options.id_column.empty() ? find_id_column(columns, smiles_)
                                            : column_named(columns, options.id_column, file);
            lines.skip(1);
        } else {
            guess_columns(columns, file);
        }
    }

    bool next(LineSource& lines, LigandRecord& record) override {
        for (Line line; lines.next(line);) {
            if (trimmed(line.text).empty()) continue;
            record = {};
            record.line = line.number;
            take_row(lines, line, record);
            if (record.id.empty()) record.id = lines.place(record.line);
            return true;
        }
        return false;
    }

private:
    /// Comments stand only above the header: an id in a row may start with '#'.
    static const Line* skip_comments(LineSource& lines) {
        while (const Line* line = lines.peek()) {
            const auto text = trimmed(line->text);
            if (!text.empty() && text.front() == '#') {
                const auto separator = table_separator(text);
                auto fields = split_table_line(text.substr(1), separator);
                if (std::none_of(fields.begin(), fields.end(),
                                 [](const auto& f) { return plain_name(f).ends_with("smiles"); })) {
                    lines.skip(1);
                    continue;
                }
            }
            const bool excel_hint = text.size() == 5 && text.starts_with("sep=");
            if (!text.empty() && !excel_hint) return line;
            lines.skip(1);
        }
        return nullptr;
    }

    void take_row(LineSource& lines, const Line& first, LigandRecord& record) {
        if (first.cut || first.text.size() > kMaxLigandLineBytes) {
            record.rejection = too_long(kMaxLigandLineBytes);
            return;
        }
        std::string row = first.text;
        // A field may hold line ends (RFC 4180). If the quotes never close, or the row then has a wrong
        // number of fields, only the first line is lost.
        std::size_t more = 0;
        while (separator_ != '\0' && ends_inside_quotes(row, separator_) &&
               row.size() < kMaxLigandLineBytes) {
            const Line* following = lines.peek(more);
            if (!following || following->cut) break;
            row += '\n';
            row += following->text;
            ++more;
        }
        auto fields = split_table_line(row, separator_);
        if (more > 0 && (fields.size() != width_ || ends_inside_quotes(row, separator_))) {
            row = first.text;
            more = 0;
            fields = split_table_line(row, separator_);
        }
        lines.skip(more);
        if (ends_inside_quotes(row, separator_)) {
            record.rejection = Rejection{"read", "ROW_FIELDS", "a quoted field is never closed"};
        } else if (fields.size() != width_) {
            record.rejection = Rejection{"read", "ROW_FIELDS",
                                         fmt::format("expected {} fields, found {}", width_, fields.size())};
        }
        if (record.rejection) {
            record.text = std::move(row);
            return;
        }
        record.text = trimmed(fields[*smiles_]);
        if (id_) record.id = fields[*id_];
    }

    static std::size_t column_named(const std::vector<std::string>& columns, const std::string& name,
                                    const std::string& file) {
        const auto found = std::find(columns.begin(), columns.end(), name);
        if (found == columns.end())
            throw Error(ErrorKind::input, fmt::format("table '{}' has no column '{}', found: {}", file, name,
                                                      fmt::join(columns, ", ")));
        if (std::find(found + 1, columns.end(), name) != columns.end())
            throw Error(ErrorKind::input, fmt::format("table '{}' has the column '{}' twice", file, name));
        return static_cast<std::size_t>(found - columns.begin());
    }

    [[noreturn]] static void no_smiles(const std::string& file, const std::vector<std::string>& columns) {
        throw Error(ErrorKind::input,
                    fmt::format("table '{}' has no column that holds SMILES, found: {}", file,
                                fmt::join(columns, ", ")),
                    "name the column with --smiles-column");
    }

    /// Without a header: the one field of the first row that reads as a SMILES; the id is the first other
    /// one.
    void guess_columns(const std::vector<std::string>& row, const std::string& file) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (lex_smiles(row[i]).rejection) continue;
            if (smiles_)
                throw Error(
                    ErrorKind::input,
                    fmt::format("table '{}' has no header, and fields {} and {} of its first row could both "
                                "be SMILES",
                                file, *smiles_ + 1, i + 1),
                    "add a header line, for example: smiles,id");
            smiles_ = i;
        }
        if (!smiles_) no_smiles(file, row);
        if (row.size() > 1) id_ = *smiles_ == 0 ? 1 : 0;
    }

    char separator_ = '\0';
    std::size_t width_ = 0;
    std::optional<std::size_t> smiles_, id_;
};

/// First name of `known` that occurs among `names`.
std::optional<std::size_t> find_any(const std::vector<std::string>& names,
                                    std::initializer_list<std::string_view> known) {
    for (const auto name : known) {
        const auto found = std::find(names.begin(), names.end(), name);
        if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    }
    return std::nullopt;
}

std::vector<std::string> plain_names(const std::vector<std::string>& columns) {
    std::vector<std::string> names;
    for (const auto& column : columns) names.push_back(plain_name(column));
    return names;
}

}  // namespace

std::unique_ptr<RecordSplitter> table_splitter(LineSource& lines, const LigandFileOptions& options) {
    return std::make_unique<TableSplitter>(lines, options);
}

char table_separator(std::string_view line) {
    std::ptrdiff_t tabs = 0, commas = 0, semicolons = 0;
    bool quoted = false;
    for (const char c : line) {
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        tabs += c == '\t';
        commas += c == ',';
        semicolons += c == ';';
    }
    if (tabs + commas + semicolons == 0) return '\0';
    return tabs >= commas && tabs >= semicolons ? '\t' : commas >= semicolons ? ',' : ';';
}

std::optional<std::size_t> find_smiles_column(const std::vector<std::string>& columns,
                                              const std::string& file) {
    const auto names = plain_names(columns);
    if (std::count(names.begin(), names.end(), "smiles") > 1)
        throw Error(ErrorKind::input, fmt::format("table '{}' has two columns named smiles", file),
                    "name the column with --smiles-column");
    if (const auto known = find_any(names, {"smiles", "canonicalsmiles", "isomericsmiles", "rdkitsmiles",
                                            "ligandsmiles", "moleculesmiles", "compoundsmiles", "cxsmiles"}))
        return known;
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i].find("smiles") == std::string::npos) continue;
        if (found)
            throw Error(ErrorKind::input,
                        fmt::format("table '{}' has several columns that may hold SMILES: {}, {}", file,
                                    columns[*found], columns[i]),
                        "name one with --smiles-column");
        found = i;
    }
    return found ? found : find_any(names, {"smi", "structure", "mol", "molecule", "ligand"});
}

std::optional<std::size_t> find_id_column(const std::vector<std::string>& columns,
                                          std::optional<std::size_t> smiles_column) {
    auto names = plain_names(columns);
    if (smiles_column) names[*smiles_column].clear();
    return find_any(names,
                    {"id",       "ligandid", "compoundid",       "moleculeid",   "molid",         "cmpdid",
                     "name",     "title",    "ligandname",       "compoundname", "moleculename",  "molname",
                     "zincid",   "chemblid", "moleculechemblid", "catalogid",    "catalognumber", "idnumber",
                     "vendorid", "cid",      "identifier",       "code",         "key",           "ligand",
                     "compound", "molecule"});
}

}  // namespace keyway::chem
