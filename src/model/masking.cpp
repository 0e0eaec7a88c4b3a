/// Whole residues and single ligand atoms lose their columns.
#include "model/masking.hpp"

#include "keyway/core/random.hpp"
#include "keyway/sample/columns.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>

namespace keyway::model {
namespace {

template <std::size_t N>
constexpr std::size_t place(const std::array<Column, N>& columns, std::string_view name) {
    std::size_t k = 0;
    while (columns[k].name != name) ++k;
    return k;
}
constexpr std::size_t kResidueType = place(kPocketColumns, "residue_type");
constexpr std::size_t kElement = place(kLigandColumns, "element");
constexpr std::size_t kHydrogens = place(kLigandColumns, "hydrogens");

/// The stream of one pocket or one pair: splitmix64 keeps neighbouring numbers apart.
Random stream(std::uint64_t seed, std::uint64_t kind, std::size_t index) {
    std::uint64_t x = seed + 0x9E3779B97F4A7C15ULL * (2 * index + kind + 1);
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
    return Random(x ^ (x >> 31));
}

/// `share` of `all`, at least one, in ascending order.
template <class T>
std::vector<T> some_of(std::vector<T> all, double share, Random random) {
    if (all.empty()) return all;
    const auto count = std::max<std::size_t>(
        1, static_cast<std::size_t>(std::lround(share * static_cast<double>(all.size()))));
    random.shuffle(all);
    all.resize(std::min(count, all.size()));
    std::sort(all.begin(), all.end());
    return all;
}

void hide(std::vector<std::uint8_t>& columns, std::size_t atom, int column_count) {
    const auto first = columns.begin() + static_cast<std::ptrdiff_t>(atom) * column_count;
    std::fill(first, first + column_count, std::uint8_t{0});
}

/// Hides residues of one pocket. `first_token`: its tokens count from there through the batch.
void hide_residues(PocketGraph& pocket, std::int64_t first_token, std::int64_t pair, Random random,
                   double share, std::vector<HiddenResidue>& hidden) {
    std::map<std::int32_t, HiddenResidue> with_token;
    std::int64_t token = first_token;
    for (std::size_t atom = 0; atom < pocket.atoms(); ++atom) {
        if (!pocket.is_token[atom]) continue;
        HiddenResidue& residue = with_token[pocket.residue[atom]];
        residue.tokens.push_back(token++);
        residue.pair = pair;
        residue.residue_type = pocket.columns[atom * kPocketColumnCount + kResidueType];
    }
    std::vector<std::int32_t> numbers;
    for (const auto& [number, residue] : with_token) numbers.push_back(number);
    const auto chosen = some_of(numbers, share, std::move(random));
    for (std::size_t atom = 0; atom < pocket.atoms(); ++atom)
        if (std::binary_search(chosen.begin(), chosen.end(), pocket.residue[atom]))
            hide(pocket.columns, atom, kPocketColumnCount);
    for (const auto number : chosen) hidden.push_back(std::move(with_token[number]));
}

void hide_atoms(LigandGraph& ligand, std::int64_t first_atom, Random random, double share,
                std::vector<HiddenAtom>& hidden) {
    std::vector<std::size_t> atoms(ligand.atoms());
    for (std::size_t k = 0; k < atoms.size(); ++k) atoms[k] = k;
    for (const std::size_t atom : some_of(atoms, share, std::move(random))) {
        const std::uint8_t* columns = ligand.columns.data() + atom * kLigandColumnCount;
        hidden.push_back({first_atom + static_cast<std::int64_t>(atom), columns[kElement],
                          static_cast<float>(columns[kHydrogens])});
        hide(ligand.columns, atom, kLigandColumnCount);
    }
}

}  // namespace

std::vector<const PocketGraph*> MaskedInput::pocket_pointers() const {
    std::vector<const PocketGraph*> pointers;
    for (const auto& pocket : pockets) pointers.push_back(&pocket);
    return pointers;
}

std::vector<const LigandGraph*> MaskedInput::ligand_pointers() const {
    std::vector<const LigandGraph*> pointers;
    for (const auto& ligand : ligands) pointers.push_back(&ligand);
    return pointers;
}

MaskedInput mask(const std::vector<const PocketGraph*>& pockets,
                 const std::vector<const LigandGraph*>& ligands, const std::vector<int>& pocket_of_ligand,
                 const MaskingOptions& options) {
    MaskedInput masked;
    std::int64_t first_token = 0, first_atom = 0;
    for (std::size_t p = 0; p < pockets.size(); ++p) {
        PocketGraph& pocket = masked.pockets.emplace_back(*pockets[p]);
        const auto pair = std::find(pocket_of_ligand.begin(), pocket_of_ligand.end(), static_cast<int>(p));
        if (pair != pocket_of_ligand.end() && options.view != MaskedView::pocket_blanked)
            hide_residues(pocket, first_token, pair - pocket_of_ligand.begin(), stream(options.seed, 0, p),
                          options.share, masked.residues);
        first_token += std::count(pocket.is_token.begin(), pocket.is_token.end(), 1);
    }
    for (std::size_t k = 0; k < ligands.size(); ++k) {
        LigandGraph& ligand = masked.ligands.emplace_back(*ligands[k]);
        if (options.view == MaskedView::ligand_hidden)
            std::fill(ligand.columns.begin(), ligand.columns.end(), std::uint8_t{0});
        else
            hide_atoms(ligand, first_atom, stream(options.seed, 1, k), options.share, masked.atoms);
        first_atom += static_cast<std::int64_t>(ligand.atoms());
    }
    return masked;
}

}  // namespace keyway::model
