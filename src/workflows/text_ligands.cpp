/// Ligands as users have them: SMILES, tables, SDF, MOL2.
#include "ligand_source.hpp"
#include "prepare_ligands.hpp"

#include "keyway/chem/write_ligand.hpp"

namespace keyway::workflows {
namespace {

bool is_line_format(chem::LigandFormat format) {
    return format == chem::LigandFormat::smiles || format == chem::LigandFormat::table;
}

class TextLigands final : public LigandSource {
public:
    TextLigands(const std::filesystem::path& path, const ScreenOptions& options)
        : file_(path, options.ligand_file), options_(options.ligand), guard_(options.guard) {}

    bool next(RawLigand& ligand) override {
        chem::LigandRecord record;
        if (!file_.next(record)) return false;
        ligand.id = record.id;
        ligand.line = record.line;
        ligand.content = std::move(record);
        return true;
    }

    PreparedLigand prepare(RawLigand&& ligand, WithMolBlock with_mol_block) const override {
        return std::move(prepare_all({&ligand, 1}, with_mol_block).front());
    }

    std::vector<PreparedLigand> prepare_all(std::span<RawLigand> ligands,
                                            WithMolBlock with_mol_block) const override {
        std::vector<chem::LigandRecord> records;
        for (auto& ligand : ligands)
            records.push_back(std::any_cast<chem::LigandRecord&&>(std::move(ligand.content)));
        auto prepared = prepare_records(records, {options_, with_mol_block}, guard_);
        for (std::size_t i = 0; i < records.size(); ++i) {
            if (!prepared[i].graph)
                prepared[i].rejected_text = as_it_came(records[i], prepared[i].graph.rejection());
            if (is_line_format(records[i].format)) prepared[i].input_smiles = std::move(records[i].text);
        }
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
    chem::LigandFile file_;
    chem::LigandOptions options_;
    RecordGuard guard_;
};

}  // namespace

std::unique_ptr<LigandSource> open_text_ligands(const std::filesystem::path& path,
                                                const ScreenOptions& options) {
    start_preparing(options.guard);
    return std::make_unique<TextLigands>(path, options);
}

PreparedLigand prepare_smiles(const std::string& smiles, const std::string& id,
                              const ScreenOptions& options) {
    chem::LigandRecord record;
    record.id = id;
    record.text = smiles;
    RecordGuard here = options.guard;
    here.isolation = Isolation::none;
    auto prepared =
        std::move(prepare_records({&record, 1}, {options.ligand, WithMolBlock::no}, here).front());
    prepared.input_smiles = smiles;
    return prepared;
}

std::string mol_block_of_smiles(const std::string& smiles) {
    const auto molecule = chem::parse_smiles(smiles, "");
    return molecule ? chem::mol_block(molecule.value()) : "";
}

}  // namespace keyway::workflows
