/// Masked pretraining: what is hidden is really absent, only hidden parts count, it learns, it resumes.
#include "model/masking.hpp"

#include "model/masked_heads.hpp"
#include "model/safetensors.hpp"
#include "model/trained_model.hpp"
#include "support/temporary_folder.hpp"

#include "keyway/core/error.hpp"
#include "keyway/sample/columns.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>
#include <span>

namespace keyway::model {
namespace {

using testing::read_bytes;
using testing::TemporaryFolder;

/// Pairs of Material: ligand k with pocket k % 2.
struct Pairs {
    const Material material;
    std::vector<const PocketGraph*> pockets;
    std::vector<const LigandGraph*> ligands;
    std::vector<int> pocket_of_ligand;

    Pairs() {
        for (const auto& pocket : material.pockets) pockets.push_back(&pocket);
        for (const auto& ligand : material.ligands) {
            pocket_of_ligand.push_back(static_cast<int>(ligands.size()) % 2);
            ligands.push_back(&ligand);
        }
    }
    MaskedInput hidden(std::uint64_t seed, MaskedView view = MaskedView::both) const {
        return mask(pockets, ligands, pocket_of_ligand, {.share = 0.15, .view = view, .seed = seed});
    }
};

OptimiserOptions pretraining() {
    return {.absolute_weight = 0,
            .pairwise_weight = 0,
            .variance_weight = 0,
            .pocket_dropout = 0,
            .coordinate_noise_angstrom = 0,
            .mask_weight = 1};
}

TEST(Masking, HidesWholeResiduesAndSingleAtomsAndNothingElse) {
    const Pairs pairs;
    const MaskedInput hidden = pairs.hidden(1);
    ASSERT_FALSE(hidden.residues.empty());
    std::set<std::int64_t> hidden_tokens;
    for (const auto& residue : hidden.residues)
        hidden_tokens.insert(residue.tokens.begin(), residue.tokens.end());
    std::int64_t token = 0;
    for (std::size_t p = 0; p < pairs.pockets.size(); ++p) {
        const PocketGraph &before = *pairs.pockets[p], &after = hidden.pockets[p];
        EXPECT_EQ(after.position_in_pocket, before.position_in_pocket);
        EXPECT_EQ(after.bonds, before.bonds);
        std::set<std::int32_t> residues;
        std::vector<bool> absent;
        for (std::size_t atom = 0; atom < before.atoms(); ++atom) {
            const auto a = before.columns.begin() + static_cast<std::ptrdiff_t>(atom) * kPocketColumnCount;
            const auto b = after.columns.begin() + static_cast<std::ptrdiff_t>(atom) * kPocketColumnCount;
            const bool is_hidden = before.is_token[atom] && hidden_tokens.contains(token);
            if (before.is_token[atom]) ++token;
            if (is_hidden) residues.insert(before.residue[atom]);
            absent.push_back(std::all_of(b, b + kPocketColumnCount, [](auto c) { return c == 0; }));
            EXPECT_TRUE(absent.back() || std::equal(a, a + kPocketColumnCount, b)) << atom;
        }
        EXPECT_FALSE(residues.empty());
        for (std::size_t atom = 0; atom < before.atoms(); ++atom)
            EXPECT_TRUE(absent[atom] || !residues.contains(before.residue[atom]))
                << "part of a residue is left";
    }
    std::set<std::int64_t> atoms;
    for (const auto& atom : hidden.atoms) atoms.insert(atom.atom);
    std::int64_t number = 0;
    for (std::size_t k = 0; k < pairs.ligands.size(); ++k) {
        EXPECT_EQ(hidden.ligands[k].bonds, pairs.ligands[k]->bonds);
        std::size_t in_ligand = 0;
        for (std::size_t atom = 0; atom < pairs.ligands[k]->atoms(); ++atom, ++number) {
            const auto first = static_cast<std::ptrdiff_t>(atom) * kLigandColumnCount;
            const auto before = pairs.ligands[k]->columns.begin() + first,
                       after = hidden.ligands[k].columns.begin() + first;
            if (atoms.contains(number)) {
                ++in_ligand;
                EXPECT_TRUE(std::all_of(after, after + kLigandColumnCount, [](auto c) { return c == 0; }));
            } else {
                EXPECT_TRUE(std::equal(before, before + kLigandColumnCount, after));
            }
        }
        EXPECT_GE(in_ligand, 1u);
        EXPECT_LE(in_ligand, 1 + pairs.ligands[k]->atoms() / 4);
    }
}

TEST(Masking, GivesTheSameGuessesWhateverTheHiddenPartsWere) {
    // The proof that nothing leaks: change the truth of what is hidden, and no guess moves.
    Pairs pairs;
    const MaskedInput first = pairs.hidden(5);
    std::vector<PocketGraph> pockets(pairs.material.pockets);
    std::int64_t token = 0;
    for (auto& pocket : pockets)
        for (std::size_t atom = 0; atom < pocket.atoms(); ++atom) {
            if (!pocket.is_token[atom]) continue;
            for (const auto& residue : first.residues)
                if (std::count(residue.tokens.begin(), residue.tokens.end(), token))
                    for (int column = 0; column < kPocketColumnCount; ++column)
                        pocket.columns[atom * kPocketColumnCount + static_cast<std::size_t>(column)] ^= 1;
            ++token;
        }
    for (std::size_t p = 0; p < pockets.size(); ++p) pairs.pockets[p] = &pockets[p];
    const MaskedInput second = pairs.hidden(5);
    ASSERT_EQ(first.residues.size(), second.residues.size());
    for (std::size_t k = 0; k < first.residues.size(); ++k)
        EXPECT_NE(first.residues[k].residue_type, second.residues[k].residue_type);
    for (std::size_t p = 0; p < pockets.size(); ++p)
        EXPECT_EQ(first.pockets[p].columns, second.pockets[p].columns);
}

TEST(Masking, OneSideStaysWhileTheOtherIsExchanged) {
    Pairs pairs;
    const MaskedInput before = pairs.hidden(3);
    std::swap(pairs.ligands[0], pairs.ligands[2]);
    const MaskedInput after = pairs.hidden(3);
    for (std::size_t p = 0; p < before.pockets.size(); ++p)
        EXPECT_EQ(before.pockets[p].columns, after.pockets[p].columns);
    EXPECT_NE(pairs.hidden(4).pockets[0].columns, before.pockets[0].columns);

    const MaskedInput blanked = pairs.hidden(3, MaskedView::pocket_blanked);
    EXPECT_TRUE(blanked.residues.empty());
    EXPECT_EQ(blanked.atoms.size(), after.atoms.size());
    const MaskedInput alone = pairs.hidden(3, MaskedView::ligand_hidden);
    EXPECT_TRUE(alone.atoms.empty());
    EXPECT_EQ(alone.residues.size(), after.residues.size());
    for (const auto& ligand : alone.ligands)
        EXPECT_TRUE(std::all_of(ligand.columns.begin(), ligand.columns.end(), [](auto c) { return c == 0; }));
}

TEST(MaskedHeads, OnlyHiddenPartsCountAndTheirLossesAreTheTextbookOnes) {
    MaskedInput input;
    input.residues = {{{0}, 0, 3}, {{1}, 0, 5}};
    input.atoms = {{0, 2, 1.0f}, {1, 1, 3.0f}};
    MaskedGuesses guesses{at::zeros({2, 24}), at::zeros({2, 16}), at::tensor({2.0f, 3.0f})};
    guesses.residue_type[0][3] = 2.0;
    const MaskedLosses losses = masked_losses(guesses, input);
    const double sure = -std::log(std::exp(2.0) / (std::exp(2.0) + 23)), unsure = std::log(24.0);
    EXPECT_NEAR(losses.residue_type.item<double>(), (sure + unsure) / 2, 1e-6);
    EXPECT_NEAR(losses.element.item<double>(), std::log(16.0), 1e-6);
    EXPECT_NEAR(losses.hydrogens.item<double>(), 0.5, 1e-6);

    const MaskedResult result = masked_result(guesses, input);
    EXPECT_EQ(result.residue_type.right, 1);
    EXPECT_EQ(result.residue_type.asked, (std::map<int, int>{{3, 1}, {5, 1}}));
    EXPECT_DOUBLE_EQ(result.hydrogens_squared_error, 1);
    EXPECT_DOUBLE_EQ(result.hydrogens_sum, 4);
    EXPECT_FALSE(masked_losses({}, {}).element.defined());
}

TEST(MaskedHeads, GradientsAreThoseOfFiniteDifferences) {
    const ModelConfig config = tiny_config();
    const MaskedHeads heads(config, {.dtype = at::kDouble, .seed = 2});
    const auto options = at::TensorOptions().dtype(at::kDouble);
    at::Tensor token =
        at::sin(at::arange(6 * config.pocket_channels, options)).view({6, -1}).set_requires_grad(true);
    at::Tensor atom =
        at::cos(at::arange(5 * config.ligand_channels, options)).view({5, -1}).set_requires_grad(true);
    const std::vector<std::int64_t> atom_ptr{0, 2, 5};
    MaskedInput input;
    input.residues = {{{0, 1}, 0, 3}, {{4}, 1, 7}};
    input.atoms = {{0, 1, 2.0f}, {3, 6, 0.0f}};
    const auto loss = [&] {
        const MaskedLosses losses = masked_losses(heads({token, atom, atom_ptr}, input), input);
        return losses.residue_type + losses.element + losses.hydrogens;
    };
    loss().backward();
    for (const at::Tensor& x : {token, atom}) {
        const at::Tensor gradient = x.grad().clone();
        const at::NoGradGuard no_grad;
        at::Tensor flat = x.detach().view(-1);
        for (std::int64_t k = 0; k < flat.numel(); k += 3) {
            const double h = 1e-6, start = flat[k].item<double>();
            flat[k] = start + h;
            const double up = loss().item<double>();
            flat[k] = start - h;
            const double down = loss().item<double>();
            flat[k] = start;
            EXPECT_NEAR(gradient.view(-1)[k].item<double>(), (up - down) / (2 * h), 1e-7) << k;
        }
    }
    // Tokens that were not hidden have no say except through the network.
    EXPECT_EQ(token.grad()[2].abs().sum().item<double>(), 0);
}

TEST(Pretraining, LossFallsAndHiddenPartsAreGuessed) {
    const Material material;
    const auto trainer = tiny_trainer(1, pretraining());
    const auto right = [&] {
        int count = 0;
        for (std::uint64_t seed = 0; seed < 10; ++seed)
            count += trainer->predict_masked(material.batch(0), MaskedView::both, seed).element.right;
        return count;
    };
    const int before = right();
    double first = 0, last = 0;
    for (int step = 0; step < 150; ++step) {
        const StepResult result = trainer->step(material.batch(0), 3e-3);
        ASSERT_TRUE(result.finite);
        ASSERT_TRUE(result.terms.contains("masked_residue"));
        ASSERT_NEAR(result.loss,
                    result.terms.at("masked_residue") + result.terms.at("masked_element") +
                        result.terms.at("masked_hydrogens"),
                    1e-4);
        (step < 10 ? first : last) += step < 10 || step >= 140 ? result.loss : 0;
    }
    EXPECT_LT(last, 0.8 * first);
    EXPECT_GT(right(), before);
}

TEST(Pretraining, SeveralBatchesAStepMoveTheHeadsByTheirMeanWhoeverAddedThem) {
    const Material material;
    const TemporaryFolder folder;
    const auto alone = tiny_trainer(5, pretraining()), first = tiny_trainer(5, pretraining()),
               second = tiny_trainer(5, pretraining());
    alone->start_step();
    alone->add_gradient(material.batch(0), 1);
    alone->add_gradient(material.batch(1), 2);
    alone->finish_step({.learning_rate = 1e-3, .batches = 2});

    first->start_step();
    first->add_gradient(material.batch(0), 1);
    second->start_step();
    second->add_gradient(material.batch(1), 2);
    std::vector<std::vector<float>> of_second;  // what the other process adds, array by array
    second->finish_step(
        {.learning_rate = 0, .batches = 2, .sum_over_processes = [&](std::span<float> numbers) {
             of_second.emplace_back(numbers.begin(), numbers.end());
         }});
    std::size_t array = 0;
    first->finish_step(
        {.learning_rate = 1e-3, .batches = 2, .sum_over_processes = [&](std::span<float> numbers) {
             ASSERT_EQ(numbers.size(), of_second.at(array).size());
             for (std::size_t k = 0; k < numbers.size(); ++k) numbers[k] += of_second[array][k];
             ++array;
         }});
    EXPECT_EQ(array, 2u);  // network and heads
    for (const auto* trainer : {&alone, &first})
        (*trainer)->save_checkpoint(folder / (trainer == &alone ? "alone" : "shared"), "");
    const auto numbers = [&](const char* name, const char* tensor) {
        const TensorFile file(folder / name);
        const auto bytes = file.bytes(tensor, TensorType::f32);
        std::vector<float> values(bytes.size() / sizeof(float));
        std::memcpy(values.data(), bytes.data(), bytes.size());
        return values;
    };
    for (const char* tensor : {"first_moment", "masked_first_moment"}) {
        const auto a = numbers("alone", tensor), b = numbers("shared", tensor);
        double largest = 0;
        for (std::size_t k = 0; k < a.size(); ++k) {
            largest = std::max(largest, std::abs(double{a[k]}));
            EXPECT_NEAR(a[k], b[k], 1e-6) << tensor << " " << k;
        }
        EXPECT_GT(largest, 1e-4) << tensor;
    }
}

TEST(Pretraining, ResumesBitForBitAndItsWeightsStartATraining) {
    const Material material;
    const TemporaryFolder folder;
    OptimiserOptions options = pretraining();
    options.pocket_dropout = 0.5;
    const auto straight = tiny_trainer(7, options), first = tiny_trainer(7, options),
               second = tiny_trainer(8, options);
    for (int step = 0; step < 6; ++step) straight->step(material.batch(step), 1e-3);
    for (int step = 0; step < 3; ++step) first->step(material.batch(step), 1e-3);
    first->save_checkpoint(folder / "half", "");
    second->load_checkpoint(folder / "half");
    for (int step = 3; step < 6; ++step) second->step(material.batch(step), 1e-3);
    straight->save_checkpoint(folder / "a", "");
    second->save_checkpoint(folder / "b", "");
    EXPECT_EQ(read_bytes(folder / "a"), read_bytes(folder / "b"));

    straight->save_weights(folder / "weights", {});
    const auto labelled = tiny_trainer(9);
    const StartingWeights found = labelled->load_weights(folder / "weights");
    EXPECT_TRUE(found.missing.empty());
    EXPECT_TRUE(found.unused.empty());  // the heads are not in the file
    EXPECT_THROW(labelled->load_checkpoint(folder / "half"), Error);
    EXPECT_THROW(labelled->predict_masked(material.batch(0), MaskedView::both, 1), Error);
}

}  // namespace
}  // namespace keyway::model
