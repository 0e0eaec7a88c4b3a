/// Ligands as users have them: SMILES, tables, SDF, MOL2.
#include "ligand_source.hpp"

#include "keyway/chem/write_ligand.hpp"
#include "keyway/features/features.hpp"

#include <fmt/format.h>

#include <chrono>

namespace keyway::workflows {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

bool is_line_format(chem::LigandFormat format) {
    return format == chem::LigandFormat::smiles || format == chem::LigandFormat::table;
}

std::string joined_notes(const chem::Molecule& molecule) {
    std::string text = fmt::format("{}", fmt::join(molecule.notes, "; "));
    if (molecule.rung() == chem::Rung::clean) return text;
    return text + (text.empty() ? "" : "; ") + "read by " + std::string(chem::to_string(molecule.rung()));
}

/// The record in the form of its file, so that it can be mended and run again.
std::string as_it_came(const chem::LigandRecord& record, const Rejection& why) {
    if (record.text.empty() && why.stage == "read")
        return fmt::format("# {} (line {}): {}\n", record.id, record.line, why.message);
    if (record.format == chem::LigandFormat::sdf)
        return record.text + (record.text.ends_with('\n') ? "" : "\n") + "$$$$\n";
    if (record.format == chem::LigandFormat::mol2)
        return record.text + (record.text.ends_with('\n') ? "" : "\n");
    return fmt::format("{}\t{}\n", record.text, record.id);
}

/// Featurises what has been read; `out` gets the graph or the reason.
void prepare_molecule(const Result<chem::Molecule>& molecule, WithMolBlock with_mol_block,
                      PreparedLigand& out) {
    if (!molecule) {
        out.graph = molecule.rejection();
        return;
    }
    const auto start = std::chrono::steady_clock::now();
    out.notes = joined_notes(molecule.value());
    out.graph = features::ligand_graph(molecule.value());
    out.feature_seconds = seconds_since(start);
    if (with_mol_block == WithMolBlock::yes) out.mol_block = chem::mol_block(molecule.value());
}

class TextLigands final : public LigandSource {
public:
    TextLigands(const std::filesystem::path& path, const ScreenOptions& options)
        : file_(path, options.ligand_file), options_(options.ligand) {}

    bool next(RawLigand& ligand) override {
        chem::LigandRecord record;
        if (!file_.next(record)) return false;
        ligand.id = record.id;
        ligand.line = record.line;
        ligand.content = std::move(record);
        return true;
    }

    PreparedLigand prepare(RawLigand&& ligand, WithMolBlock with_mol_block) const override {
        const auto& record = std::any_cast<const chem::LigandRecord&>(ligand.content);
        PreparedLigand prepared(Rejection{});
        if (is_line_format(record.format)) prepared.input_smiles = record.text;
        try {
            prepare_record(record, with_mol_block, prepared);
        } catch (const std::bad_alloc&) {
            prepared.graph = Rejection{"parse", "OUT_OF_MEMORY", "not enough memory for this record"};
        } catch (const std::exception& error) {
            prepared.graph = Rejection{"parse", "INTERNAL", error.what()};
        }
        if (!prepared.graph) prepared.rejected_text = as_it_came(record, prepared.graph.rejection());
        return prepared;
    }

    std::string_view kind() const override {
        if (file_.format() == chem::LigandFormat::sdf) return "sdf";
        return file_.format() == chem::LigandFormat::mol2 ? "mol2" : "smi";
    }

    double progress() const override {
        const auto total = file_.bytes_total();
        return total == 0 ? -1 : static_cast<double>(file_.bytes_read()) / static_cast<double>(total);
    }

private:
    void prepare_record(const chem::LigandRecord& record, WithMolBlock with_mol_block,
                        PreparedLigand& out) const {
        const auto start = std::chrono::steady_clock::now();
        const Result<chem::Molecule> molecule = chem::parse_ligand(record, options_);
        out.parse_seconds = seconds_since(start);
        prepare_molecule(molecule, with_mol_block, out);
    }

    chem::LigandFile file_;
    chem::LigandOptions options_;
};

}  // namespace

std::unique_ptr<LigandSource> open_text_ligands(const std::filesystem::path& path,
                                                const ScreenOptions& options) {
    chem::warm_up_rdkit();
    return std::make_unique<TextLigands>(path, options);
}

PreparedLigand prepare_smiles(const std::string& smiles, const std::string& id,
                              const ScreenOptions& options) {
    PreparedLigand prepared(Rejection{});
    prepared.input_smiles = smiles;
    prepare_molecule(chem::parse_smiles(smiles, id, options.ligand), WithMolBlock::no, prepared);
    return prepared;
}

std::string mol_block_of_smiles(const std::string& smiles) {
    const auto molecule = chem::parse_smiles(smiles, "");
    return molecule ? chem::mol_block(molecule.value()) : "";
}

}  // namespace keyway::workflows
