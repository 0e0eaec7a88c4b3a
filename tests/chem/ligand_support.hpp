/// Ligand records and MOL blocks for tests.
#pragma once

#include "support/temporary_folder.hpp"

#include "keyway/chem/ligand_file.hpp"
#include "keyway/chem/read_ligand.hpp"

#include <array>
#include <cstdio>
#include <string>
#include <vector>

namespace keyway::testing {

/// All records of a file with this name and content.
inline std::vector<chem::LigandRecord> records_of(const std::string& name, const std::string& text,
                                                  const chem::LigandFileOptions& options = {}) {
    const TemporaryFolder folder;
    chem::LigandFile file(folder.write(name, text), options);
    std::vector<chem::LigandRecord> records;
    for (chem::LigandRecord record; file.next(record);) records.push_back(record);
    return records;
}

/// "id=text" of each record, or "id!REASON" of a rejected one.
inline std::vector<std::string> summary(const std::vector<chem::LigandRecord>& records) {
    std::vector<std::string> lines;
    for (const auto& record : records)
        lines.push_back(record.id + (record.rejection ? "!" + record.rejection->reason : "=" + record.text));
    return lines;
}

struct PlacedAtom {
    std::string element;
    std::array<double, 3> at{};
};
/// From, to (from 1), type.
using PlacedBond = std::array<int, 3>;

/// A V2000 MOL block marked 3D; `tail` stands between the bonds and `M  END`.
inline std::string mol_block(const std::string& title, const std::vector<PlacedAtom>& atoms,
                             const std::vector<PlacedBond>& bonds, const std::string& tail = "") {
    char line[128];
    std::string text = title + "\n  keyway          3D\n\n";
    std::snprintf(line, sizeof line, "%3zu%3zu  0  0  0  0  0  0  0  0999 V2000\n", atoms.size(),
                  bonds.size());
    text += line;
    for (const auto& atom : atoms) {
        std::snprintf(line, sizeof line, "%10.4f%10.4f%10.4f %-3s 0  0  0  0  0  0\n", atom.at[0], atom.at[1],
                      atom.at[2], atom.element.c_str());
        text += line;
    }
    for (const auto& bond : bonds) {
        std::snprintf(line, sizeof line, "%3d%3d%3d  0\n", bond[0], bond[1], bond[2]);
        text += line;
    }
    return text + tail + "M  END\n";
}

inline std::string ethanol_block(const std::string& title) {
    return mol_block(title, {{"C", {0, 0, 0.1}}, {"C", {1.5, 0, 0}}, {"O", {2.2, 1.2, 0}}},
                     {{1, 2, 1}, {2, 3, 1}});
}

/// A MOL2 record of ethanol's heavy atoms, with the bond section given.
inline std::string ethanol_mol2(const std::string& title, const std::string& bonds = "1 1 2 1\n2 2 3 1\n") {
    return "@<TRIPOS>MOLECULE\n" + title +
           "\n3 2\nSMALL\nNO_CHARGES\n\n@<TRIPOS>ATOM\n"
           "1 C1 0.0 0.0 0.1 C.3\n2 C2 1.5 0.0 0.0 C.3\n3 O1 2.2 1.2 0.0 O.3\n@<TRIPOS>BOND\n" +
           bonds;
}

inline chem::LigandRecord record_of(chem::LigandFormat format, std::string text) {
    chem::LigandRecord record;
    record.id = "x";
    record.format = format;
    record.text = std::move(text);
    return record;
}

/// The canonical SMILES, or the reason code.
inline std::string outcome(const Result<chem::Molecule>& result) {
    return result ? result.value().smiles() : result.rejection().reason;
}

inline std::string outcome_of_sdf(const std::string& text, const chem::LigandOptions& options = {}) {
    return outcome(chem::parse_ligand(record_of(chem::LigandFormat::sdf, text), options));
}

inline std::string outcome_of_smiles(const std::string& smiles, const chem::LigandOptions& options = {}) {
    return outcome(chem::parse_smiles(smiles, "x", options));
}

}  // namespace keyway::testing
