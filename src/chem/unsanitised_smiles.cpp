/// SMILES text to an unsanitised molecule, with a second opinion on the number of atoms.
#include "rdkit_errors.hpp"
#include "smiles_lexer.hpp"
#include "text_fields.hpp"
#include "unsanitised.hpp"

#include <GraphMol/SmilesParse/SmilesParse.h>

namespace keyway::chem {
namespace {

RDKit::SmilesParserParams plain_parser() {
    RDKit::SmilesParserParams parameters;
    parameters.sanitize = false;
    parameters.removeHs = false;
    parameters.allowCXSMILES = false;
    parameters.parseName = false;
    return parameters;
}

}  // namespace

Result<MolPointer> unsanitised_from_smiles(std::string_view smiles) {
    const auto tokens = lex_smiles(smiles);
    if (tokens.rejection) return *tokens.rejection;
    if (tokens.wildcard)
        return Rejection{"parse", "QUERY_ATOM",
                         "a wildcard, attachment point or R group stands in the SMILES"};
    MolPointer mol;
    const auto refused = guarded("parse", "SMILES_SYNTAX", [&] {
        static const auto parameters = plain_parser();
        mol.reset(RDKit::SmilesToMol(std::string(smiles), parameters));
    });
    if (refused) return *refused;
    if (!mol) return Rejection{"parse", "SMILES_SYNTAX", "RDKit cannot read this SMILES"};
    // RDKit 2022.09 may stop early without saying so.
    if (mol->getNumAtoms() != tokens.atoms)
        return Rejection{
            "parse", "ATOM_COUNT",
            fmt::format("the text has {} atoms, RDKit read {}", tokens.atoms, mol->getNumAtoms())};
    return mol;
}

}  // namespace keyway::chem
