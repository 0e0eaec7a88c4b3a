/// The golden set is made by integer arithmetic, so that no compiler or library can change it.
#include "model/golden.hpp"

#include "keyway/core/error.hpp"
#include "keyway/sample/columns.hpp"

#include <charconv>
#include <cmath>
#include <sstream>

namespace keyway::model {
namespace {

/// Small reproducible numbers: the generator of Numerical Recipes, upper bits.
class Sequence {
public:
    explicit Sequence(std::uint32_t seed) : state_(seed) {}
    int below(int n) {
        state_ = 1664525u * state_ + 1013904223u;
        return static_cast<int>((state_ >> 8) % static_cast<std::uint32_t>(n));
    }

private:
    std::uint32_t state_;
};

template <std::size_t N>
void add_columns(std::vector<std::uint8_t>& columns, const std::array<Column, N>& table, Sequence& sequence) {
    for (const Column& column : table)
        columns.push_back(static_cast<std::uint8_t>(sequence.below(column.classes)));
}

/// Sixty atoms on a jittered grid of 1.6 A; residues of six atoms, bonded in chains.
PocketGraph golden_pocket() {
    PocketGraph pocket;
    pocket.id = "golden";
    Sequence sequence(1);
    constexpr int kAtoms = 60, kResidueAtoms = 6;
    for (int atom = 0; atom < kAtoms; ++atom) {
        const int cell[3] = {atom % 4, atom / 4 % 4, atom / 16};
        std::array<float, 3> position{};
        for (int axis = 0; axis < 3; ++axis)  // multiples of 1/16 A are exact in binary
            position[axis] = static_cast<float>(26 * cell[axis] + sequence.below(9) - 40) / 16.0f;
        pocket.position_in_pocket.push_back(position);
        add_columns(pocket.columns, kPocketColumns, sequence);
        pocket.is_token.push_back(atom % 3 != 0);
        pocket.residue.push_back(atom / kResidueAtoms);
        pocket.atom_names.push_back(std::string("A").append(std::to_string(atom)));
        if (atom % kResidueAtoms != 0) pocket.bonds.push_back({atom - 1, atom});
        if (atom % kResidueAtoms == 0)
            pocket.residue_labels.push_back("A:GLY:" + std::to_string(atom / 6 + 1));
    }
    return pocket;
}

/// A chain with a ring closure and, from six atoms on, a stereocentre at atom 1.
LigandGraph golden_ligand(int atoms, std::uint32_t seed, int sign) {
    LigandGraph ligand;
    ligand.id = ligand.smiles = "golden";
    Sequence sequence(seed);
    for (int atom = 0; atom < atoms; ++atom) {
        add_columns(ligand.columns, kLigandColumns, sequence);
        // Atom 3 branches off atom 1, all others continue the chain.
        const int parent = atom == 3 ? 1 : atom == 4 ? 2 : atom - 1;
        if (atom > 0) {
            ligand.bonds.push_back({static_cast<std::uint16_t>(parent), static_cast<std::uint16_t>(atom)});
            ligand.bond_types.push_back(static_cast<std::uint8_t>(sequence.below(kBondClasses)));
        }
    }
    if (atoms >= 9) {
        ligand.bonds.push_back({4, static_cast<std::uint16_t>(atoms - 1)});
        ligand.bond_types.push_back(3);
    }
    if (atoms >= 6) ligand.stereo.push_back({1, {0, 2, 3, -1}, static_cast<std::int8_t>(sign)});
    ligand.fingerprint = {3, 14, 159, 265};
    return ligand;
}

}  // namespace

GoldenSet golden_set() {
    return {golden_pocket(),
            {golden_ligand(1, 2, 1), golden_ligand(24, 3, -1), golden_ligand(11, 4, 1),
             golden_ligand(11, 4, -1)}};
}

std::string golden_text(const std::vector<Prediction>& scores) {
    std::string text;
    for (const Prediction& score : scores) {
        char buffer[64];
        char* end = std::to_chars(buffer, buffer + 32, score.pk).ptr;
        *end++ = ' ';
        end = std::to_chars(end, buffer + 63, score.pk_sd).ptr;
        text.append(buffer, end).append("\n");
    }
    return text;
}

std::vector<Prediction> golden_scores(const std::string& text) {
    std::vector<Prediction> scores;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const char *begin = line.data(), *end = begin + line.size();
        Prediction score;
        const auto pk = std::from_chars(begin, end, score.pk);
        const bool space = pk.ec == std::errc{} && pk.ptr < end && *pk.ptr == ' ';
        const auto sd = space ? std::from_chars(pk.ptr + 1, end, score.pk_sd) : pk;
        if (!space || sd.ec != std::errc{} || sd.ptr != end)
            throw Error(ErrorKind::incompatible, "the golden scores are not numbers: \"" + line + "\"");
        scores.push_back(score);
    }
    return scores;
}

void check_golden(const std::vector<Prediction>& stored, const std::vector<Prediction>& computed,
                  double tolerance_pk) {
    if (stored.size() != computed.size())
        throw Error(ErrorKind::incompatible, "expected " + std::to_string(computed.size()) +
                                                 " golden scores, got " + std::to_string(stored.size()));
    for (std::size_t i = 0; i < stored.size(); ++i) {
        const double pk = std::abs(stored[i].pk - computed[i].pk);
        const double sd = std::abs(stored[i].pk_sd - computed[i].pk_sd);
        if (pk <= tolerance_pk && sd <= tolerance_pk) continue;  // written so that NaN fails
        throw Error(
            ErrorKind::incompatible,
            "golden score " + std::to_string(i) + " differs: stored " + std::to_string(stored[i].pk) +
                " +- " + std::to_string(stored[i].pk_sd) + ", computed " + std::to_string(computed[i].pk) +
                " +- " + std::to_string(computed[i].pk_sd),
            "this build or its LibTorch does not compute what the model's author had; `keyway doctor` "
            "shows the versions");
    }
}

}  // namespace keyway::model
