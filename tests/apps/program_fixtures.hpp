/// A receptor, a library and a model for tests of the program, all made in code.
#pragma once

#include "support/fake_network.hpp"
#include "support/pdb_text.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace keyway::testing {

/// A peptide of ten residues with a ligand of twelve carbons (LIG, chain B, number 1) beside it.
inline std::string receptor_text() {
    auto ligand = ligand_atoms("LIG", 1, {8, 5, 2}, 12);
    for (auto& atom : ligand) atom.chain = "B";
    return pdb_of(peptide({"ALA", "SER", "ASP", "LEU", "VAL", "THR", "ILE", "SER", "ALA", "GLY"}) + ligand) +
           "END\n";
}

/// Files of one test, and the flags that name them.
struct ScreenFiles {
    TemporaryFolder folder;
    std::filesystem::path receptor = folder.write("receptor.pdb", receptor_text());
    std::filesystem::path model = write_fake_weights(folder / "weights.safetensors");

    std::vector<std::string> screen(const std::vector<std::string>& more) const {
        std::vector<std::string> words = {"screen", "-r", receptor.string(), "-m", model.string()};
        words.insert(words.end(), more.begin(), more.end());
        return words;
    }
};

/// Records with every sort of flaw; `records` of them.
struct NastyLibrary {
    std::string text =
        "CCO\tethanol\r\n"
        "\r\n"
        "not a smiles\tbad\r\n"
        "CCO\tethanol\r\n"                // the same again
        "C(C)(C)(C)(C)C\tfive bonds\r\n"  // valence
        "c1ccccc1\t=1+1\r\n"              // a formula for a spreadsheet
        "CC(=O)[O-].[Na+]\tsalt\r\n"      // standardised
        "[Na+].[Cl-]\tno carbon\r\n"      //
        "CI\tnot a number\r\n"            // the fake network gives NaN
        "CBr\tthrows\r\n"                 // and throws here
        "\tno smiles\r\n"                 //
        "CC\xc3\xa9O\tnot ascii\r\n"      //
        "CCCCCCCCCC\r\n"                  // no id
        "C\tmethane";                     // no line end
    std::size_t records = 13;
    NastyLibrary() {
        text += "\n" + std::string(100000, 'C') + "\ttoo long\n";
        ++records;
    }
};

inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

/// Fields of the rows of a TSV, header first.
inline std::vector<std::vector<std::string>> tsv(const std::string& text) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& line : lines_of(text)) {
        rows.emplace_back(1);
        for (const char c : line)
            if (c == '\t')
                rows.back().emplace_back();
            else
                rows.back().back() += c;
    }
    return rows;
}

}  // namespace keyway::testing
