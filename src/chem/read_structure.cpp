/// PDB and mmCIF through gemmi; the only file that sees gemmi, whose headers take half a minute to compile.
#include "chem/pdb_text.hpp"
#include "chem/raw_structure.hpp"
#include "chem/text_fields.hpp"
#include "chem/text_lines.hpp"

#include "keyway/chem/structure.hpp"
#include "keyway/core/error.hpp"
#include "keyway/core/text_input.hpp"

#include <fmt/format.h>
#include <gemmi/cif.hpp>
#include <gemmi/mmcif.hpp>
#include <gemmi/pdb.hpp>

#include <algorithm>

namespace keyway::chem {
namespace {

enum class StructureFormat { pdb, mmcif };

/// Told by content; a name says little ("receptor.txt", "model.ent").
StructureFormat format_of(const std::string& text, const std::string& name) {
    if (text.find('\0') != std::string::npos) {
        throw Error(ErrorKind::input, fmt::format("'{}' is not a text file", name),
                    "give a structure as PDB or mmCIF, plain or gz");
    }
    LineReader lines(text);
    std::string line;
    while (lines.next(line)) {
        const auto content = trimmed(line);
        if (content.empty() || content[0] == '#') continue;
        if (content.substr(0, 5) == "data_" || content.substr(0, 5) == "DATA_") return StructureFormat::mmcif;
        break;
    }
    return StructureFormat::pdb;
}

void check_not_ligand_file(const std::string& text, const std::string& name) {
    for (const auto* mark : {"V2000", "V3000", "@<TRIPOS>"}) {
        if (text.find(mark) == std::string::npos) continue;
        throw Error(
            ErrorKind::input,
            fmt::format("'{}' is a ligand file (SDF or MOL2), expected a protein as PDB or mmCIF", name),
            "give the protein as receptor and this file as ligand");
    }
}

RawStructure to_raw(const gemmi::Structure& structure, const std::string& name) {
    RawStructure raw;
    raw.name = name;
    if (structure.models.empty()) return raw;
    for (const auto& chain : structure.models[0].chains) {
        for (const auto& residue : chain.residues) {
            RawResidue& out = raw.residues.emplace_back();
            out.chain = chain.name;
            out.segment = residue.segment;
            out.number = residue.seqid.num.has_value() ? *residue.seqid.num : 0;
            out.insertion_code = residue.seqid.icode == '\0' ? ' ' : residue.seqid.icode;
            out.name = residue.name;
            std::transform(out.name.begin(), out.name.end(), out.name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
            out.is_hetatm = residue.het_flag == 'H';
            for (const auto& atom : residue.atoms) {
                out.atoms.push_back({atom.name,
                                     atom.altloc == '\0' ? ' ' : atom.altloc,
                                     atom.element.is_hydrogen() ? 1 : atom.element.atomic_number(),
                                     atom.element.is_hydrogen(),
                                     static_cast<double>(atom.occ),
                                     {atom.pos.x, atom.pos.y, atom.pos.z}});
            }
        }
    }
    return raw;
}

void note_models(RawStructure& raw, std::size_t models) {
    if (models > 1) raw.notes.push_back(fmt::format("took model 1 of {}", models));
}

RawStructure parse_pdb(const std::string& text, const std::string& name) {
    const PdbText pdb = normalise_pdb(text, name);
    if (pdb.atoms == 0) check_not_ligand_file(text, name);
    gemmi::PdbReadOptions options;
    options.split_chain_on_ter = true;
    RawStructure raw = to_raw(gemmi::read_pdb_string(pdb.text, name, options), name);
    raw.has_elements = pdb.has_elements;
    note_models(raw, static_cast<std::size_t>(pdb.models));
    return raw;
}

RawStructure parse_mmcif(const std::string& text, const std::string& name) {
    const gemmi::Structure structure =
        gemmi::make_structure(gemmi::cif::read_memory(text.data(), text.size(), name.c_str()));
    RawStructure raw = to_raw(structure, name);
    note_models(raw, structure.models.size());
    return raw;
}

/// "complex.pdb.gz" -> "complex".
std::string stem_of(const std::filesystem::path& path) {
    auto stem = path.filename();
    if (stem.extension() == ".gz") stem = stem.stem();
    if (stem.has_extension()) stem = stem.stem();
    return stem.string();
}

}  // namespace

Structure read_structure_text(const std::string& text, const std::string& name) {
    if (text.find_first_not_of(" \t\r\n") == text.npos)
        throw Error(ErrorKind::input, fmt::format("structure '{}' is empty", name));
    const auto format = format_of(text, name);
    RawStructure raw;
    try {
        raw = format == StructureFormat::mmcif ? parse_mmcif(text, name) : parse_pdb(text, name);
    } catch (const Error&) {
        throw;
    } catch (const std::exception& error) {
        throw Error(ErrorKind::input, fmt::format("cannot read structure '{}': {}", name, error.what()),
                    "give a complete structure as PDB or mmCIF, plain or gz");
    }
    return clean_structure(std::move(raw));
}

Structure read_structure(const std::filesystem::path& path) {
    Structure structure = read_structure_text(read_text_file(path), path.string());
    structure.name = stem_of(path);
    return structure;
}

}  // namespace keyway::chem
