/// The pocket definition as one line of text, and back.
#include "keyway/core/pocket_definition.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>

#include <charconv>
#include <sstream>

namespace keyway {
namespace {

[[noreturn]] void refuse(const std::string& word) {
    throw Error(ErrorKind::incompatible, fmt::format("pocket definition has the unknown term '{}'", word),
                "the file was made by another version of keyway");
}

}  // namespace

std::string PocketDefinition::to_text() const {
    return fmt::format(
        "residue_cutoff_angstrom={} token_cutoff_angstrom={} waters={:d} metals={:d} cofactors={:d}",
        residue_cutoff_angstrom, token_cutoff_angstrom, keep_waters, keep_metals, keep_cofactors);
}

PocketDefinition PocketDefinition::from_text(const std::string& text) {
    PocketDefinition definition;
    std::istringstream in(text);
    int terms = 0;
    for (std::string word; in >> word; ++terms) {
        const auto equals = word.find('=');
        if (equals == std::string::npos) refuse(word);
        const std::string name = word.substr(0, equals), value = word.substr(equals + 1);
        double number = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
        if (error != std::errc{} || end != value.data() + value.size()) refuse(word);
        if (name == "residue_cutoff_angstrom")
            definition.residue_cutoff_angstrom = number;
        else if (name == "token_cutoff_angstrom")
            definition.token_cutoff_angstrom = number;
        else if (name == "waters")
            definition.keep_waters = number != 0;
        else if (name == "metals")
            definition.keep_metals = number != 0;
        else if (name == "cofactors")
            definition.keep_cofactors = number != 0;
        else
            refuse(word);
    }
    if (terms != 5)
        throw Error(ErrorKind::incompatible,
                    fmt::format("pocket definition '{}' has {} terms, expected 5", text, terms));
    return definition;
}

}  // namespace keyway
