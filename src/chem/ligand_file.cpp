/// Opens a ligand file, finds out its format, and hands out its records.
#include "keyway/chem/ligand_file.hpp"

#include "record_splitter.hpp"
#include "smiles_lexer.hpp"
#include "text_fields.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keyway::chem {
namespace {

/// Lines looked at to tell a format: an SDF may open with blank lines, a MOL2 file with comments.
constexpr std::size_t kProbeLines = 64;

std::optional<LigandFormat> format_of_name(const std::filesystem::path& path) {
    auto name = path.filename().string();
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    for (const std::string_view packed : {".gz", ".bgz"})
        if (name.ends_with(packed)) name.resize(name.size() - packed.size());
    const auto ends = [&](std::initializer_list<std::string_view> endings) {
        return std::any_of(endings.begin(), endings.end(),
                           [&](auto ending) { return name.ends_with(ending); });
    };
    if (ends({".smi", ".smiles", ".ism", ".can", ".cxsmiles"})) return LigandFormat::smiles;
    if (ends({".csv", ".tsv", ".tab"})) return LigandFormat::table;
    if (ends({".sdf", ".sd", ".mol", ".mdl"})) return LigandFormat::sdf;
    if (ends({".mol2", ".ml2"})) return LigandFormat::mol2;
    return std::nullopt;
}

/// SMILES or table, by the first line that is neither blank nor a comment.
std::optional<LigandFormat> format_of_text_line(std::string_view line, const std::string& file,
                                                bool named_smiles) {
    const char separator = table_separator(line);
    auto fields =
        separator == '\0' ? std::vector<std::string>{std::string(line)} : split_table_line(line, separator);
    const auto smiles_column = find_smiles_column(fields, file);
    // "smiles<tab>title" is what the SMILES splitter reads as well, and it knows titles under any name.
    if (smiles_column && fields.size() > 1 && !(*smiles_column == 0 && separator == '\t'))
        return LigandFormat::table;
    auto rest = line;
    if (!lex_smiles(take_word(rest)).rejection || is_smiles_header(line)) return LigandFormat::smiles;
    const auto reads = [](const std::string& field) { return !lex_smiles(trimmed(field)).rejection; };
    // In a file named .smi a title that happens to read as a SMILES does not make a table.
    if (named_smiles && separator == '\t') return LigandFormat::smiles;
    if (fields.size() > 1 && std::any_of(fields.begin(), fields.end(), reads)) return LigandFormat::table;
    return std::nullopt;
}

std::optional<LigandFormat> format_of_content(LineSource& lines, bool named_smiles) {
    const Line* text_line = nullptr;
    for (std::size_t i = 0; i < kProbeLines; ++i) {
        const Line* line = lines.peek(i);
        if (!line) break;
        if (line->text.starts_with("@<TRIPOS>")) return LigandFormat::mol2;
        if (line->text.starts_with("$$$$") || is_counts_line(line->text)) return LigandFormat::sdf;
    }
    for (std::size_t i = 0; i < kProbeLines && !text_line; ++i) {
        const Line* line = lines.peek(i);
        if (!line) break;
        const auto text = trimmed(line->text);
        if (!text.empty() && text.front() != '#') text_line = line;
    }
    return text_line ? format_of_text_line(text_line->text, lines.input().name(), named_smiles)
                     : std::nullopt;
}

bool is_blank_file(LineSource& lines) {
    std::size_t i = 0;
    for (; i < kProbeLines && lines.peek(i); ++i)
        if (!trimmed(lines.peek(i)->text).empty()) return false;
    return i < kProbeLines;
}

LigandFormat told_format(const std::filesystem::path& path, LineSource& lines) {
    const auto named = format_of_name(path);
    if (named && *named != LigandFormat::smiles) return *named;
    if (const auto told = format_of_content(lines, named.has_value())) return *told;
    if (named) return *named;
    if (is_blank_file(lines)) return LigandFormat::smiles;  // no records under any format
    throw Error(ErrorKind::input,
                fmt::format("cannot tell the format of '{}', expected SMILES, CSV, TSV, SDF or MOL2",
                            lines.input().name()),
                "give the file its usual ending: .smi, .csv, .tsv, .sdf, .mol2, each also with .gz");
}

}  // namespace

std::string_view to_string(LigandFormat format) {
    switch (format) {
        case LigandFormat::smiles:
            return "SMILES";
        case LigandFormat::table:
            return "table";
        case LigandFormat::sdf:
            return "SDF";
        case LigandFormat::mol2:
            return "MOL2";
    }
    return "?";
}

struct LigandFile::Impl {
    LineSource lines;
    LigandFormat format{};
    std::unique_ptr<RecordSplitter> splitter;
    std::uint64_t records = 0;

    explicit Impl(const std::filesystem::path& path)
        : lines(TextInput(path), path == "-" ? "stdin" : path.filename().string()) {}

    void refuse_utf16() {
        const Line* first = lines.peek();
        if (first && (first->text.starts_with("\xFF\xFE") || first->text.starts_with("\xFE\xFF")))
            throw Error(ErrorKind::input,
                        fmt::format("'{}' is UTF-16 text, expected UTF-8", lines.input().name()),
                        "save it as UTF-8, for example: iconv -f UTF-16 -t UTF-8");
    }
};

LigandFile::LigandFile(const std::filesystem::path& path, LigandFileOptions options)
    : impl_(std::make_unique<Impl>(path)) {
    auto& file = *impl_;
    file.lines.input().max_line_bytes = kMaxLigandRecordBytes;
    file.refuse_utf16();
    file.format = options.format ? *options.format : told_format(path, file.lines);
    switch (file.format) {
        case LigandFormat::smiles:
            file.splitter = smiles_splitter(options.header);
            break;
        case LigandFormat::table:
            file.splitter = table_splitter(file.lines, options);
            break;
        case LigandFormat::sdf:
            file.splitter = sdf_splitter(options.id_tag);
            break;
        case LigandFormat::mol2:
            file.splitter = mol2_splitter();
            break;
    }
}

LigandFile::~LigandFile() = default;
LigandFile::LigandFile(LigandFile&&) noexcept = default;

bool LigandFile::next(LigandRecord& record) {
    if (!impl_->splitter->next(impl_->lines, record)) return false;
    record.index = impl_->records++;
    record.format = impl_->format;
    return true;
}

LigandFormat LigandFile::format() const { return impl_->format; }
std::uint64_t LigandFile::bytes_read() const { return impl_->lines.input().bytes_read(); }
std::uint64_t LigandFile::bytes_total() const { return impl_->lines.input().bytes_total(); }

}  // namespace keyway::chem
