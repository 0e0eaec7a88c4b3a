/// Synthetic structures, ligands and sources for the tests of the builders.
#pragma once

#include "support/pdb_text.hpp"
#include "support/temporary_folder.hpp"

#include "keyway/records/record_source.hpp"

#include <array>
#include <cstdio>
#include <string>
#include <vector>

namespace keyway::testing {

/// Gives the rows that a test lists.
class ListSource final : public RecordSource {
public:
    explicit ListSource(std::vector<std::variant<RawRecord, Rejected>> rows) : rows_(std::move(rows)) {}
    std::optional<std::variant<RawRecord, Rejected>> next() override {
        if (at_ == rows_.size()) return std::nullopt;
        return rows_[at_++];
    }
    std::vector<std::filesystem::path> index_files() const override { return {}; }
    std::vector<std::variant<RawRecord, Rejected>> poses() const override { return known_poses; }

    std::vector<std::variant<RawRecord, Rejected>> known_poses;

private:
    std::vector<std::variant<RawRecord, Rejected>> rows_;
    std::size_t at_ = 0;
};

struct SdfAtom {
    std::string element;
    std::array<double, 3> position_angstrom;
};

/// A chain of single bonds in the order of the atoms, as an SDF record.
inline std::string chain_sdf(const std::vector<SdfAtom>& atoms) {
    char line[128];
    std::string text = "chain\n  test\n\n";
    std::snprintf(line, sizeof line, "%3zu%3zu  0  0  0  0  0  0  0  0999 V2000\n", atoms.size(),
                  atoms.size() - 1);
    text += line;
    for (const auto& [element, at] : atoms) {
        std::snprintf(line, sizeof line, "%10.4f%10.4f%10.4f %-3s 0  0  0  0  0  0\n", at[0], at[1], at[2],
                      element.c_str());
        text += line;
    }
    for (std::size_t i = 1; i < atoms.size(); ++i) {
        std::snprintf(line, sizeof line, "%3zu%3zu  1  0\n", i, i + 1);
        text += line;
    }
    return text + "M  END\n$$$$\n";
}

/// Propylamine beside the middle of the peptide; `reversed` numbers its atoms the other way.
inline std::vector<SdfAtom> propylamine(bool reversed = false) {
    std::vector<SdfAtom> atoms{
        {"C", {18.0, 5.0, 3.0}}, {"C", {19.3, 5.7, 3.2}}, {"C", {20.6, 5.0, 3.4}}, {"N", {21.9, 5.7, 3.0}}};
    if (reversed) return {atoms.rbegin(), atoms.rend()};
    return atoms;
}

/// A stretched peptide of 12 residues and a ligand beside it.
class SyntheticTarget {
public:
    SyntheticTarget() {
        structure_ =
            folder_.write("protein.pdb", pdb_of(peptide(std::vector<std::string>(12, "ALA"))) + "END\n");
        reference_ = folder_.write("reference.sdf", chain_sdf(propylamine()));
    }

    RawRecord record(const std::string& id, const std::string& smiles) const {
        RawRecord record;
        record.id = "T/" + id;
        record.ligand_id = id;
        record.source = "labels.csv";
        record.pocket_id = "T";
        record.structure = structure_;
        record.site.reference_ligand = reference_;
        record.smiles = smiles;
        record.affinity.pk = 6.5;
        record.assay = "T/series";
        record.protein = "TEST";
        record.cluster = "C1";
        record.split = "valid";
        return record;
    }

    const TemporaryFolder& folder() const { return folder_; }

private:
    TemporaryFolder folder_;
    std::filesystem::path structure_, reference_;
};

}  // namespace keyway::testing
