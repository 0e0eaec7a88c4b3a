/// Tolerant readers for atom tables: fixed columns where the format has them, tokens where it does not.
#include "chem/reference_points.hpp"

#include "chem/text_fields.hpp"
#include "chem/text_lines.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/text_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

namespace keyway::chem {
namespace {

constexpr std::size_t kMaxHeavyAtoms = 500;

using Points = std::vector<std::array<double, 3>>;

[[noreturn]] void fail(const std::string& name, std::uint64_t line, const std::string& what) {
    throw Error(ErrorKind::input, fmt::format("line {} of reference ligand '{}': {}", line, name, what),
                "give the bound ligand as SDF, MOL2 or PDB with the coordinates of the receptor's frame");
}

/// Hydrogens of every format's spelling (H, D, AutoDock's HD), dummies and lone pairs.
bool is_heavy(std::string_view element) {
    std::string symbol(element.substr(0, element.find('.')));
    std::transform(symbol.begin(), symbol.end(), symbol.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return !symbol.empty() && symbol != "H" && symbol != "D" && symbol != "T" && symbol != "HD" &&
           symbol != "HS" && symbol != "DU" && symbol != "LP" && symbol != "*" && symbol != "X" &&
           symbol != "R#";
}

void add(Points& points, const std::array<std::string_view, 3>& fields, std::uint64_t line,
         const std::string& name) {
    std::array<double, 3> point{};
    for (std::size_t k = 0; k < 3; ++k) {
        if (!parse_number(trimmed(fields[k]), point[k])) {
            fail(name, line, fmt::format("expected a coordinate, got '{}'", trimmed(fields[k])));
        }
    }
    points.push_back(point);
}

Points from_mol_block(LineReader& lines, const std::string& name) {
    Points points;
    std::string line;
    for (int header = 0; header < 4; ++header) {
        if (!lines.next(line)) fail(name, lines.number(), "the file ends before the counts line");
    }
    if (line.find("V3000") != line.npos) {
        while (lines.next(line) && line.find("END ATOM") == line.npos) {
            const auto words = words_of(line);  // M V30 index element x y z
            if (words.size() < 7 || words[0] != "M" || words[1] != "V30" || words[2] == "COUNTS") continue;
            if (is_heavy(words[3])) add(points, {words[4], words[5], words[6]}, lines.number(), name);
        }
        return points;
    }
    int atoms = 0;
    if (line.size() < 3 || !parse_number(trimmed(std::string_view(line).substr(0, 3)), atoms) || atoms < 0) {
        fail(name, lines.number(), fmt::format("expected a counts line of an SDF file, got '{}'", line));
    }
    for (int i = 0; i < atoms; ++i) {
        if (!lines.next(line)) fail(name, lines.number(), fmt::format("expected {} atoms, got {}", atoms, i));
        const std::string_view text = line;
        const bool has_columns = text.size() >= 32 && text[5] == '.' && text[15] == '.' && text[25] == '.';
        const auto words = words_of(text);
        if (has_columns) {
            if (is_heavy(trimmed(text.substr(31, 3)))) {
                add(points, {text.substr(0, 10), text.substr(10, 10), text.substr(20, 10)}, lines.number(),
                    name);
            }
        } else if (words.size() >= 4) {
            if (is_heavy(words[3])) add(points, {words[0], words[1], words[2]}, lines.number(), name);
        } else {
            fail(name, lines.number(), fmt::format("expected an atom line, got '{}'", line));
        }
    }
    return points;
}

Points from_mol2(LineReader& lines, const std::string& name) {
    Points points;
    std::string line;
    bool in_atoms = false, seen_molecule = false;
    while (lines.next(line)) {
        if (line.rfind("@<TRIPOS>", 0) == 0) {
            if (line.find("MOLECULE") != line.npos && seen_molecule) break;
            seen_molecule |= line.find("MOLECULE") != line.npos;
            in_atoms = line.find("ATOM") != line.npos;
            continue;
        }
        const auto words = words_of(line);  // id name x y z type
        if (!in_atoms || words.empty() || words[0][0] == '#') continue;
        if (words.size() < 6)
            fail(name, lines.number(), fmt::format("expected an atom line, got '{}'", line));
        if (is_heavy(words[5])) add(points, {words[2], words[3], words[4]}, lines.number(), name);
    }
    return points;
}

/// Element of a PDB atom record: its column (PDBQT: an AutoDock type), else the atom name.
std::string pdb_element(std::string_view line) {
    if (line.size() > 76) {
        const auto column = trimmed(line.substr(76, 3));
        if (!column.empty() && std::isalpha(static_cast<unsigned char>(column[0]))) {
            return std::string(column.substr(0, column.find_first_of("0123456789+-")));
        }
    }
    auto atom = trimmed(line.substr(12, 4));
    const auto letter = atom.find_first_not_of("0123456789");
    if (letter != atom.npos) atom.remove_prefix(letter);
    return std::string(atom.substr(0, 1));
}

Points from_pdb(LineReader& lines, const std::string& name) {
    Points points;
    std::string line;
    char altloc = ' ';  // the first one seen is taken
    while (lines.next(line)) {
        if (starts_with_word(line, "ENDMDL")) break;
        if (!starts_with_word(line, "ATOM") && line.compare(0, 6, "HETATM") != 0) continue;
        if (line.size() < 54) fail(name, lines.number(), "the atom record is cut off");
        const std::string_view text = line;
        if (altloc == ' ') altloc = text[16];
        if (text[16] != ' ' && text[16] != altloc) continue;
        if (is_heavy(pdb_element(text))) {
            add(points, {text.substr(30, 8), text.substr(38, 8), text.substr(46, 8)}, lines.number(), name);
        }
    }
    return points;
}

void check_points(const Points& points, const std::string& name) {
    if (points.empty()) {
        throw Error(ErrorKind::input, fmt::format("reference ligand '{}' has no heavy atoms", name),
                    "give the bound ligand as SDF, MOL2 or PDB with 3D coordinates");
    }
    if (points.size() > kMaxHeavyAtoms) {
        throw Error(ErrorKind::input,
                    fmt::format("reference ligand '{}' has {} heavy atoms, at most {} make a ligand", name,
                                points.size(), kMaxHeavyAtoms),
                    "give the file of the bound ligand alone, not the receptor or the complex");
    }
    const auto is_flat = [](const auto& point) { return point[2] == 0; };
    if (points.size() > 3 && std::all_of(points.begin(), points.end(), is_flat)) {
        throw Error(ErrorKind::input,
                    fmt::format("reference ligand '{}' has no 3D coordinates (every z is 0)", name),
                    "the site comes from the bound pose; a 2D drawing does not say where it is");
    }
    for (const auto& point : points) {
        if (std::any_of(point.begin(), point.end(), [](double x) { return std::abs(x) > 1e5; })) {
            throw Error(ErrorKind::input,
                        fmt::format("reference ligand '{}' has coordinates beyond 100000 A", name));
        }
    }
}

}  // namespace

Points reference_points_of_text(const std::string& text, const std::string& name) {
    const bool is_mol2 = text.find("@<TRIPOS>MOLECULE") != text.npos;
    const bool is_pdb = !is_mol2 && (text.rfind("ATOM ", 0) == 0 || text.rfind("HETATM", 0) == 0 ||
                                     text.find("\nATOM ") != text.npos || text.find("\nHETATM") != text.npos);
    if (text.find_first_not_of(" \t\r\n") == text.npos)
        throw Error(ErrorKind::input, fmt::format("reference ligand '{}' is empty", name));
    if (text.find('\0') != text.npos) {
        throw Error(ErrorKind::input, fmt::format("reference ligand '{}' is not a text file", name),
                    "give the bound ligand as SDF, MOL2 or PDB");
    }
    LineReader lines(text);
    const Points points = is_mol2  ? from_mol2(lines, name)
                          : is_pdb ? from_pdb(lines, name)
                                   : from_mol_block(lines, name);
    check_points(points, name);
    return points;
}

Points reference_points(const std::filesystem::path& path) {
    return reference_points_of_text(read_text_file(path), path.string());
}

}  // namespace keyway::chem
