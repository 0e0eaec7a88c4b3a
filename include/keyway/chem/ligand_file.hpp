/// Ligand files record by record, with our own splitters: one bad record cannot swallow the next.
#pragma once

#include "keyway/core/result.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace keyway::chem {

enum class LigandFormat { smiles, table, sdf, mol2 };

std::string_view to_string(LigandFormat format);

/// Longest line of a SMILES file or table, longest record of an SDF or MOL2 file [bytes]. A longer record is
/// rejected as TOO_LONG; its bytes are read to their end, so that the next record is whole.
inline constexpr std::size_t kMaxLigandLineBytes = 64 * 1024;
inline constexpr std::size_t kMaxLigandRecordBytes = 1024 * 1024;

/// The raw text of one record. Parsing it is another thread's work (`parse_ligand`).
struct LigandRecord {
    std::uint64_t index = 0;  ///< 0-based over the file
    std::uint64_t line = 0;   ///< 1-based line where it starts
    std::string id;           ///< as written, else "file:line"
    LigandFormat format = LigandFormat::smiles;
    /// SMILES (and " |...|" if a CXSMILES extension follows), SDF record without its `$$$$`, MOL2 record,
    /// or the whole line of a table row that has no SMILES. Empty if TOO_LONG.
    std::string text;
    /// Set if the splitter already knows it is bad (TOO_LONG, ROW_FIELDS: stage "read").
    std::optional<Rejection> rejection;
};

struct LigandFileOptions {
    std::optional<LigandFormat> format;    ///< else told from name and content
    std::string smiles_column, id_column;  ///< tables: empty = recognise usual names
    std::string id_tag;                    ///< SDF: data field used as id when the title is empty
    std::optional<bool> header;            ///< SMILES and tables: else told from the first line
};

/// Splits SMILES (blank or tab separated, with or without titles and header), CSV / TSV, SDF V2000 and
/// V3000, MOL2; plain, gz or "-". An empty file has no records.
class LigandFile {
public:
    /// Throws Error(input): cannot open, a folder, unknown format, UTF-16, no SMILES column or no single one.
    explicit LigandFile(const std::filesystem::path& path, LigandFileOptions options = {});
    ~LigandFile();
    LigandFile(LigandFile&&) noexcept;

    /// False at the end. Every byte of the file belongs to one record, a header, a comment or blank space.
    /// Throws Error(input) where a gzip stream is damaged, after the whole records before that place.
    bool next(LigandRecord& record);
    LigandFormat format() const;
    std::uint64_t bytes_read() const;
    std::uint64_t bytes_total() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace keyway::chem
