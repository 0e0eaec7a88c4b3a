/// The index joined with the files that are there.
#include "datasets/pdbbind/pdbbind.hpp"

#include "datasets/pdbbind/complex_files.hpp"
#include "datasets/pdbbind/index_line.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/text_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <set>

namespace keyway::datasets {
namespace {

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

/// `INDEX_*_name.*` among the indexes: code and UniProt accession ("1a30  1998  P04585  HIV-1 PROTEASE").
std::vector<std::filesystem::path> name_files(const std::vector<std::filesystem::path>& indexes) {
    std::vector<std::filesystem::path> files;
    for (const auto& path : indexes)
        if (lower(path.filename().string()).find("_name.") != std::string::npos) files.push_back(path);
    return files;
}

/// Code -> UniProt accession.
std::map<std::string, std::string> read_accessions(const std::vector<std::filesystem::path>& files) {
    std::map<std::string, std::string> accessions;
    for (const auto& path : files) {
        TextInput input(path);
        for (std::string line; input.next_line(line);) {
            if (is_index_comment(line)) continue;
            char code[16] = {}, accession[16] = {};
            if (std::sscanf(line.c_str(), "%15s %*s %15s", code, accession) == 2 && accession[0] != '-')
                accessions.emplace(lower(code), accession);
        }
    }
    return accessions;
}

class PdbbindSource final : public RecordSource {
public:
    explicit PdbbindSource(const SourceOptions& options) : folder_(scan_pdbbind(options.folder)) {
        index_ = options.index.empty() ? choose_index(folder_.indexes, options.folder) : options.index;
        accessions_ = read_accessions(name_files(folder_.indexes));
        TextInput input(index_);
        for (std::string line; input.next_line(line);)
            if (!is_index_comment(line)) lines_.push_back({input.line_number(), line});
        if (lines_.empty())
            throw Error(ErrorKind::input, fmt::format("index '{}' lists no complexes", index_.string()));
    }

    std::optional<std::variant<RawRecord, Rejected>> next() override {
        if (at_ == lines_.size()) return std::nullopt;
        const auto& [number, line] = lines_[at_++];
        const auto entry = parse_index_line(line);
        const std::string id = entry ? entry.value().code : line.substr(0, line.find_first_of(" \t"));
        const auto refused = [&](Rejection why) {
            return Rejected{id, index_.filename().string(), number, std::move(why)};
        };
        if (!entry) return refused(entry.rejection());
        if (!seen_.insert(lower(id)).second)
            return refused({"read", "DUPLICATE", fmt::format("code '{}' stands in an earlier line too", id)});
        auto record = record_of(entry.value());
        if (!record) return refused(record.rejection());
        record.value().line = number;
        return std::move(record.value());
    }

    std::optional<std::uint64_t> size() const override { return lines_.size(); }
    std::vector<std::filesystem::path> index_files() const override {
        std::vector<std::filesystem::path> files = name_files(folder_.indexes);
        files.insert(files.begin(), index_);
        return files;
    }

private:
    struct Line {
        std::uint64_t number;
        std::string text;
    };

    Result<RawRecord> record_of(const IndexEntry& entry) const {
        const auto found = folder_.complexes.find(lower(entry.code));
        if (found == folder_.complexes.end() || found->second.protein.empty())
            return Rejection{"read", "NO_STRUCTURE",
                             fmt::format("there is no file {}_protein.pdb", entry.code)};
        const ComplexFiles& files = found->second;
        RawRecord record;
        for (const auto& path : {files.ligand_sdf, files.ligand_mol2})
            if (!path.empty()) record.ligand_files.push_back(path);
        if (record.ligand_files.empty())
            return Rejection{"read", "NO_LIGAND",
                             fmt::format("there is no file {0}_ligand.sdf or {0}_ligand.mol2", entry.code)};
        record.id = record.ligand_id = record.pocket_id = entry.code;
        record.source = index_.filename().string();
        record.structure = files.protein;
        record.site.reference_ligand = record.ligand_files.front();
        record.affinity = entry.affinity;
        const auto accession = accessions_.find(lower(entry.code));
        if (accession != accessions_.end()) record.protein = accession->second;
        record.assay = assay_of(entry, record.protein);
        return record;
    }

    /// Values of one paper, kind and protein are comparable; a paper often covers several complexes.
    static std::string assay_of(const IndexEntry& entry, const std::string& protein) {
        const std::string paper = entry.reference.empty() ? entry.code : entry.reference;
        return fmt::format("pdbbind/{}/{}{}{}", paper, to_string(entry.affinity.measure),
                           protein.empty() ? "" : "/", protein);
    }

    PdbbindFolder folder_;
    std::filesystem::path index_;
    std::map<std::string, std::string> accessions_;
    std::vector<Line> lines_;
    std::set<std::string> seen_;
    std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<RecordSource> open_pdbbind(const SourceOptions& options) {
    return std::make_unique<PdbbindSource>(options);
}

}  // namespace keyway::datasets
