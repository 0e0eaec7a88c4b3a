/// Ligands on their way in, from text files or HDF5, behind one interface: reading is cheap and sequential,
/// preparing is another thread's work.
#pragma once

#include "keyway/core/result.hpp"
#include "keyway/sample/ligand_graph.hpp"
#include "keyway/workflows/screen.hpp"

#include <any>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace keyway::workflows {

/// One record as read.
struct RawLigand {
    std::uint64_t index = 0;  ///< 0-based over all inputs
    std::uint64_t line = 0;   ///< 1-based line of its file; for HDF5 the 1-based row
    std::size_t file = 0;     ///< index into `ScreenOptions::ligands`
    std::string id;
    std::any content;  ///< the source's own: a text record or a graph
};

/// What the network and the table need of it.
struct PreparedLigand {
    explicit PreparedLigand(Result<LigandGraph> graph_in) : graph(std::move(graph_in)) {}

    Result<LigandGraph> graph;
    std::string input_smiles;   ///< as written, where the input has one
    std::string notes;          ///< what standardisation changed
    std::string mol_block;      ///< only if asked for
    std::string rejected_text;  ///< only if rejected: the record as it came
    double parse_seconds = 0, feature_seconds = 0;
};

enum class WithMolBlock { no, yes };

class LigandSource {
public:
    virtual ~LigandSource() = default;
    /// False at the end. Sets everything but `index` and `file`.
    virtual bool next(RawLigand& ligand) = 0;
    /// Passes over up to `count` records without looking into them; fewer at the end. Returns how many.
    virtual std::uint64_t skip(std::uint64_t count);
    /// Thread-safe; never throws for bad input.
    virtual PreparedLigand prepare(RawLigand&& ligand, WithMolBlock with_mol_block) const = 0;
    /// `prepare` for many at once, in order: saves round trips where ligands are parsed in child processes.
    virtual std::vector<PreparedLigand> prepare_all(std::span<RawLigand> ligands,
                                                    WithMolBlock with_mol_block) const;
    /// "smi", "sdf", "mol2" or "h5": the format that `rejected_text` is in.
    virtual std::string_view kind() const = 0;
    virtual std::optional<std::uint64_t> size() const { return std::nullopt; }
    /// Share of the input that has been read, 0 to 1; negative if unknown.
    virtual double progress() const { return -1; }
};

/// An HDF5 library or dataset, or a text file.
std::unique_ptr<LigandSource> open_ligand_source(const std::filesystem::path& path,
                                                 const ScreenOptions& options);

/// SMILES, tables, SDF, MOL2. Throws Error(usage) where keyway was built without chemistry.
std::unique_ptr<LigandSource> open_text_ligands(const std::filesystem::path& path,
                                                const ScreenOptions& options);

/// A SMILES from the command line or a table; needs chemistry. Thread-safe; never throws for bad input.
PreparedLigand prepare_smiles(const std::string& smiles, const std::string& id, const ScreenOptions& options);

/// A 2D drawing of a molecule that is known by its SMILES only; empty where keyway was built without
/// chemistry.
std::string mol_block_of_smiles(const std::string& smiles);

}  // namespace keyway::workflows
