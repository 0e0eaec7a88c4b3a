/// Ligand files record by record, with our own splitters: one bad record cannot swallow the next.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "keyway/core/result.hpp"

namespace keyway::chem {

enum class LigandFormat { smiles, table, sdf, mol2 };

/// The raw text of one record. Parsing it is another thread's work (`parse_ligand`).
struct LigandRecord {
    std::uint64_t index = 0;       ///< 0-based over the file
    std::uint64_t line = 0;        ///< 1-based line where it starts
    std::string id;                ///< as written, else "file:line"
    LigandFormat format = LigandFormat::smiles;
    std::string text;              ///< SMILES, MOL block or MOL2 block
    /// Set if the splitter already knows it is bad (too long, not ASCII, cut off).
    std::optional<Rejection> rejection;
};

struct LigandFileOptions {
    std::optional<LigandFormat> format;        ///< else told from name and content
    std::string smiles_column, id_column;      ///< tables: empty = recognise usual names
    std::string id_tag;                        ///< SDF: data field used as id when the title is empty
    std::optional<bool> header;                ///< SMILES and tables: else told from the first line
};

/// Splits SMILES (blank or tab separated, with or without titles and header), CSV / TSV, SDF V2000 and
/// V3000, MOL2; plain, gz or "-".
class LigandFile {
public:
    /// Throws Error(input): cannot open, a folder, unknown format, no SMILES column.
    explicit LigandFile(const std::filesystem::path& path, LigandFileOptions options = {});
    ~LigandFile();
    LigandFile(LigandFile&&) noexcept;

    /// False at the end. Every byte of the file belongs to one record, a header, or blank space.
    bool next(LigandRecord& record);
    LigandFormat format() const;
    std::uint64_t bytes_read() const;
    std::uint64_t bytes_total() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace keyway::chem
