/// A small SMILES lexer: finds typing errors with their place, counts atoms, and refuses numbers that RDKit
/// would wrap. RDKit stays the authority on chemistry; this only guards its door.
#pragma once

#include "keyway/core/result.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace keyway::chem {

inline constexpr int kMaxFormalCharge = 15;
inline constexpr int kMaxIsotope = 300;
inline constexpr int kMaxBracketHydrogens = 8;
inline constexpr int kMaxRingLabel = 9999;

struct SmilesTokens {
    std::size_t atoms = 0;  ///< explicit atoms, hydrogens in brackets included
    bool wildcard = false;  ///< '*' or an R group stands among them
    /// EMPTY, NOT_ASCII, NUMBER_RANGE or SMILES_SYNTAX; the message names the character's place (from 1).
    std::optional<Rejection> rejection;
};

SmilesTokens lex_smiles(std::string_view smiles);

/// NOT_ASCII if `text` has a byte that is not printable ASCII (tab, line feed and carriage return pass).
std::optional<Rejection> check_alphabet(std::string_view text);

}  // namespace keyway::chem
