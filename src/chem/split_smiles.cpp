/// SMILES files: one molecule a line, then a CXSMILES extension and a title if there are any.
#include "record_splitter.hpp"
#include "smiles_lexer.hpp"
#include "text_fields.hpp"

#include <fmt/format.h>

#include <utility>

namespace keyway::chem {
namespace {

class SmilesSplitter : public RecordSplitter {
public:
    explicit SmilesSplitter(std::optional<bool> header) : header_(header) {}

    bool next(LineSource& lines, LigandRecord& record) override {
        for (Line line; lines.next(line);) {
            const auto text = trimmed(line.text);
            if (text.empty() || text.front() == '#') continue;  // no SMILES starts with '#'
            const bool first = std::exchange(first_, false);
            if (first && header_.value_or(is_smiles_header(text))) continue;
            record = {};
            record.line = line.number;
            if (line.cut || line.text.size() > kMaxLigandLineBytes)
                record.rejection = too_long(kMaxLigandLineBytes);
            else
                split(line.text, record);
            if (record.id.empty()) record.id = lines.place(line.number);
            return true;
        }
        return false;
    }

private:
    static void split(std::string_view line, LigandRecord& record) {
        // With a tab in the line only tabs separate: titles may hold blanks, and the SMILES may be missing.
        const bool tabs = line.find('\t') != std::string_view::npos;
        while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.remove_suffix(1);
        const auto take = [&line, tabs] {
            if (!tabs) return take_word(line);
            const auto end = line.find('\t');
            const auto field = trimmed(line.substr(0, end));
            line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
            return field;
        };
        auto smiles = take();
        if (tabs) {  // "CCO |...|<tab>title" or "CCO title<tab>more"
            auto rest = smiles;
            const auto word = take_word(rest);
            rest = trimmed(rest);
            record.text = word;
            if (rest.starts_with('|'))
                record.text = fmt::format("{} {}", word, rest);
            else
                record.id = rest;
        } else {
            record.text = smiles;
        }
        if (tabs && !record.id.empty()) return;
        auto extension = trimmed(line);
        if (extension.starts_with('|')) {
            const auto end = extension.find('|', 1);
            const auto length = end == std::string_view::npos ? extension.size() : end + 1;
            record.text += fmt::format(" {}", extension.substr(0, length));
            line = extension.substr(length);
            if (tabs) line = trimmed(line);
        }
        record.id = take();
    }

    std::optional<bool> header_;
    bool first_ = true;
};

}  // namespace

std::unique_ptr<RecordSplitter> smiles_splitter(std::optional<bool> header) {
    return std::make_unique<SmilesSplitter>(header);
}

bool is_smiles_header(std::string_view line) {
    const auto first = take_word(line);
    if (!lex_smiles(first).rejection) return false;
    const auto name = plain_name(first);
    for (const std::string_view known : {"smiles", "smi", "structure", "canonical", "isomeric", "molecule",
                                         "mol", "ligand", "compound", "id", "name", "title"})
        if (name == known || name.ends_with("smiles") || name.starts_with("smiles")) return true;
    return false;
}

}  // namespace keyway::chem
