/// One record to one molecule, and the rescue ladder over the files of one ligand.
#include "keyway/chem/read_ligand.hpp"

#include "bond_orders_from_template.hpp"
#include "delocalised_groups.hpp"
#include "finish_ligand.hpp"
#include "heavy_atoms.hpp"
#include "rdkit_errors.hpp"
#include "text_fields.hpp"
#include "unsanitised.hpp"

#include "keyway/core/error.hpp"

#include <GraphMol/MolOps.h>
#include <GraphMol/SmilesParse/SmilesParse.h>
#include <GraphMol/SmilesParse/SmilesWrite.h>
#include <RDGeneral/RDLog.h>
#include <RDGeneral/versions.h>
#include <fmt/format.h>

namespace keyway::chem {
namespace {

Result<MolPointer> unsanitised(LigandFormat format, std::string_view text) {
    switch (format) {
        case LigandFormat::sdf:
            return unsanitised_from_mol_block(text);
        case LigandFormat::mol2:
            return unsanitised_from_mol2(text);
        default:
            return unsanitised_from_smiles(text);
    }
}

bool has_coordinates(LigandFormat format) {
    return format == LigandFormat::sdf || format == LigandFormat::mol2;
}

/// Atoms without any bond are a connection table that was lost, not a mixture.
std::optional<Rejection> check_bonds(const RDKit::RWMol& mol, LigandFormat format) {
    const int heavy_atoms = heavy_atom_count(mol);
    if (heavy_atoms < 2 || mol.getNumBonds() > 0) return std::nullopt;
    return Rejection{"parse", format == LigandFormat::mol2 ? "MOL2_SYNTAX" : "MOL_SYNTAX",
                     fmt::format("{} heavy atoms and no bonds", heavy_atoms)};
}

Result<Molecule> parse_text(LigandFormat format, std::string_view text, std::string id, Rung rung,
                            Sanitisation how, const LigandOptions& options) {
    ensure_rdkit_is_ready();
    const auto body = trimmed(text);
    if (body.empty() || body.find_first_not_of(" \t\r\n") == std::string_view::npos)
        return Rejection{"parse", "EMPTY", "there is no molecule"};
    // A CXSMILES extension after the SMILES adds drawing and labels; what else it may say is not modelled.
    std::string_view extension;
    if (!has_coordinates(format)) {
        text = body;
        const auto blank = text.find(' ');
        if (blank != std::string_view::npos && text.substr(blank + 1).starts_with('|')) {
            extension = text.substr(blank + 1);
            text = text.substr(0, blank);
        }
    }
    auto mol = unsanitised(format, text);
    if (!mol) return mol.rejection();
    int rewritten = 0;
    if (has_coordinates(format)) {
        if (const auto refused = check_bonds(*mol.value(), format)) return *refused;
        rewritten = rewrite_delocalised_groups(*mol.value());
    }
    const bool keeps_text = !options.canonical_smiles && !has_coordinates(format) && extension.empty();
    auto molecule = finish_ligand(std::move(mol.value()), std::move(id), rung, how, options,
                                  keeps_text ? text : std::string_view{});
    if (molecule && rewritten > 0)
        molecule.value().notes.push_back(fmt::format("{} charged groups rewritten", rewritten));
    if (molecule && !extension.empty()) molecule.value().notes.push_back("CXSMILES extension ignored");
    return molecule;
}

/// A reason that says the bonds or charges are written wrongly, so that a laxer reading may help.
bool can_be_rescued(const Rejection& rejection) {
    return rejection.reason == "VALENCE" || rejection.reason == "KEKULE" || rejection.reason == "SANITISE";
}

Result<Molecule> parse_record(const LigandRecord& record, std::string id, Rung rung, Sanitisation how,
                              const LigandOptions& options) {
    if (record.rejection) return *record.rejection;
    return parse_text(record.format, record.text, std::move(id), rung, how, options);
}

/// The first record of a file, or a rejection that says why there is none.
LigandRecord first_record(const std::filesystem::path& path) {
    LigandRecord record;
    try {
        LigandFile file(path);
        if (!file.next(record)) record.rejection = Rejection{"read", "EMPTY", "the file holds no molecule"};
    } catch (const Error& error) {
        record.rejection = Rejection{"read", "UNREADABLE", error.what()};
    }
    return record;
}

}  // namespace

Result<Molecule> parse_ligand(const LigandRecord& record, const LigandOptions& options) {
    auto molecule = parse_record(record, record.id, Rung::clean, Sanitisation::full, options);
    if (molecule || !options.rescue || !has_coordinates(record.format) ||
        !can_be_rescued(molecule.rejection()))
        return molecule;
    auto rescued = parse_record(record, record.id, Rung::clean, Sanitisation::partial, options);
    if (!rescued) return molecule;
    rescued.value().notes.push_back("partially sanitised: " + molecule.rejection().message);
    return rescued;
}

Result<Molecule> parse_smiles(std::string_view smiles, std::string id, const LigandOptions& options) {
    return parse_text(LigandFormat::smiles, smiles, std::move(id), Rung::clean, Sanitisation::full, options);
}

Result<Molecule> read_ligand_files(const std::vector<std::filesystem::path>& files, const std::string& id,
                                   const std::string& template_smiles, const LigandOptions& options) {
    struct Attempt {
        std::string name;
        LigandRecord record;
    };
    std::vector<Attempt> attempts;
    attempts.reserve(files.size());
    for (const auto& file : files) attempts.push_back({file.filename().string(), first_record(file)});
    std::stable_partition(attempts.begin(), attempts.end(),
                          [](const Attempt& attempt) { return attempt.record.format != LigandFormat::mol2; });
    std::optional<Rejection> refused;
    const auto note_failure = [&](const std::string& name, const Rejection& rejection) {
        if (!refused) {
            refused = rejection;
            refused->message = name + ": " + rejection.message;
        } else {
            refused->message += "; " + name + ": " + rejection.message;
        }
    };

    for (const auto& [name, record] : attempts) {
        const bool other_file_failed = refused.has_value() && record.format == LigandFormat::mol2;
        auto molecule = parse_record(record, id, other_file_failed ? Rung::mol2 : Rung::clean,
                                     Sanitisation::full, options);
        if (molecule) return molecule;
        note_failure(name, molecule.rejection());
    }
    if (!template_smiles.empty()) {
        for (const auto& [name, record] : attempts) {
            if (record.rejection || !has_coordinates(record.format)) continue;
            const auto coordinates = unsanitised(record.format, record.text);
            if (!coordinates) continue;
            auto molecule = bond_orders_from_template(*coordinates.value(), template_smiles, id, options);
            if (molecule) return molecule;
            note_failure("template with " + name, molecule.rejection());
        }
    }
    if (options.rescue) {
        for (const auto& [name, record] : attempts) {
            if (!has_coordinates(record.format)) continue;
            auto molecule = parse_record(record, id, Rung::clean, Sanitisation::partial, options);
            if (!molecule) continue;
            molecule.value().notes.push_back("partially sanitised: " + refused->message);
            return molecule;
        }
    }
    if (!refused) refused = Rejection{"read", "EMPTY", "no ligand file was given"};
    return *refused;
}

void warm_up_rdkit() {
    RDLog::InitLogs();
    // Some of RDKit's functions switch logs off and on again, for all threads: what has no stream stays
    // silent.
    for (const auto& log : {rdAppLog, rdDebugLog, rdInfoLog, rdWarningLog, rdErrorLog, rdStatusLog})
        if (log) log->dp_dest = nullptr;
    boost::logging::disable_logs("rdApp.*");
    // Touches the periodic table, the SMILES lexer's tables and ring perception, whose first use races.
    const std::unique_ptr<RDKit::RWMol> mol(RDKit::SmilesToMol("C[C@H](F)c1ccccc1C(=O)[O-]"));
    RDKit::MolToSmiles(*mol);
}

std::string rdkit_version() { return RDKit::rdkitVersion; }

}  // namespace keyway::chem
