/// The fused training operations of every instruction set against the reference: values, gradients, sizes.
#include "ops/cpu/training_kernels.hpp"

#include "support/tensors.hpp"

#include "keyway/ops/adamw.hpp"
#include "keyway/ops/distance_bias.hpp"
#include "keyway/ops/feature_sum.hpp"
#include "keyway/ops/gine.hpp"
#include "keyway/ops/pair_attention.hpp"
#include "keyway/ops/segment.hpp"

#include <gtest/gtest.h>

namespace keyway::ops {
namespace {

using namespace testing;
using Tensors = std::vector<at::Tensor>;

/// A function of some arrays, by the operation and by its reference.
struct Operation {
    Tensors inputs;
    std::function<Tensors(const Tensors&)> fused, reference;
};

/// Values, and gradients of sum(value * fixed random numbers), in the precision of `type`.
Tensors run(const std::function<Tensors(const Tensors&)>& function, const Tensors& inputs,
            at::ScalarType type) {
    Tensors x, out;
    for (const at::Tensor& input : inputs) x.push_back(input.detach().to(type).requires_grad_());
    at::Tensor total = at::zeros({}, type);
    std::uint64_t seed = 700;
    for (const at::Tensor& y : function(x)) {
        out.push_back(y.detach());
        total = total + (y * random_tensor(y.sizes().vec(), ++seed).to(type)).sum();
    }
    total.backward();
    for (const at::Tensor& input : x)
        out.push_back(input.grad().defined() ? input.grad() : at::zeros_like(input));
    return out;
}

void expect_equal(const Operation& operation, const std::string& what) {
    const Tensors expected = run(operation.reference, operation.inputs, at::kDouble);
    const cpu::TrainingKernels* const best = cpu::training_kernels();
    for (const cpu::TrainingKernels* kernels : cpu::runnable_training_kernels()) {
        cpu::use_training_kernels(kernels);
        const Tensors fused = run(operation.fused, operation.inputs, at::kFloat);
        ASSERT_EQ(fused.size(), expected.size());
        for (std::size_t k = 0; k < fused.size(); ++k) {
            const double scale = expected[k].numel() ? 1 + expected[k].abs().max().item<double>() : 1;
            EXPECT_LT(difference(fused[k].to(at::kDouble), expected[k]) / scale, 1e-5)
                << what << " on " << kernels->isa << ", output or gradient " << k;
        }
    }
    cpu::use_training_kernels(best);
}

/// Ligands before pockets, as sizes.
struct Pairs {
    std::vector<std::int64_t> atoms, tokens, pocket_of_ligand;
    std::int64_t channels = 16;
    int heads = 2;

    static std::vector<std::int64_t> sums(const std::vector<std::int64_t>& sizes) {
        std::vector<std::int64_t> ptr = {0};
        for (const std::int64_t size : sizes) ptr.push_back(ptr.back() + size);
        return ptr;
    }
    std::int64_t all_atoms() const { return sums(atoms).back(); }
    std::int64_t all_tokens() const { return sums(tokens).back(); }
    Pairing pairing() const { return {{sums(atoms), sums(tokens), pocket_of_ligand}, at::kCPU}; }
    /// 1 where a row of the changes is a token.
    at::Tensor real() const {
        const Pairing pairs = pairing();
        if (!pairs.by_ligand.token_mask().defined()) return at::ones({1, 1, 1}, at::kDouble);
        return pairs.by_ligand.token_mask().to(at::kDouble).unsqueeze(2);
    }
};

class PairCases : public ::testing::TestWithParam<Pairs> {};

TEST_P(PairCases, AttentionToTokensIsTheReference) {
    const Pairs& c = GetParam();
    const Pairing pairing = c.pairing();
    const auto with = [&](auto attend) {
        return [&c, &pairing, attend](const Tensors& x) -> Tensors {
            return {attend(x[0], TokenKeys{x[1], x[2], {}}, pairing, c.heads)};
        };
    };
    expect_equal(
        {{random_tensor({c.all_atoms(), c.channels}, 1), random_tensor({c.all_tokens(), c.channels}, 2),
          random_tensor({c.all_tokens(), c.channels}, 3)},
         with(attend_tokens),
         with(attend_tokens_reference)},
        "attention");
}

TEST_P(PairCases, AttentionToChangedTokensIsTheReference) {
    const Pairs& c = GetParam();
    const Pairing pairing = c.pairing();
    const at::Tensor real = c.real();
    const auto with = [&](auto attend) {
        return [&c, &pairing, &real, attend](const Tensors& x) -> Tensors {
            const at::Tensor kept = real.to(x[0].scalar_type());
            return {attend(x[0], TokenKeys{x[1], x[2], {x[3] * kept, x[4] * kept}}, pairing, c.heads)};
        };
    };
    const std::vector<std::int64_t> change = {pairing.ligands, pairing.most, c.channels};
    expect_equal(
        {{random_tensor({c.all_atoms(), c.channels}, 4), random_tensor({c.all_tokens(), c.channels}, 5),
          random_tensor({c.all_tokens(), c.channels}, 6), random_tensor(change, 7), random_tensor(change, 8)},
         with(attend_tokens),
         with(attend_tokens_reference)},
        "changed attention");
}

TEST_P(PairCases, AttentionWithABiasOfPairsIsTheReference) {
    const Pairs& c = GetParam();
    const Pairing pairing = c.pairing();
    const at::Tensor real = c.real();
    const auto with = [&](auto attend, bool changed) {
        return [&c, &pairing, &real, attend, changed](const Tensors& x) -> Tensors {
            const at::Tensor kept = real.to(x[0].scalar_type());
            TokenKeys tokens{x[1], x[2], {}, x[5]};
            if (changed) tokens.change = {x[3] * kept, x[4] * kept};
            return {attend(x[0], tokens, pairing, c.heads)};
        };
    };
    const std::vector<std::int64_t> change = {pairing.ligands, pairing.most, c.channels};
    for (const bool changed : {false, true})
        expect_equal(
            {{random_tensor({c.all_atoms(), c.channels}, 21), random_tensor({c.all_tokens(), c.channels}, 22),
              random_tensor({c.all_tokens(), c.channels}, 23), random_tensor(change, 24),
              random_tensor(change, 25), random_tensor({c.heads, c.all_atoms(), pairing.most}, 26)},
             with(attend_tokens, changed),
             with(attend_tokens_reference, changed)},
            changed ? "changed attention with a bias" : "attention with a bias");
}

TEST_P(PairCases, TheSumOverPairsWithABiasIsTheReference) {
    const Pairs& c = GetParam();
    const Pairing pairing = c.pairing();
    const auto with = [&](auto sum) {
        return [&pairing, sum](const Tensors& x) -> Tensors {
            return {sum(PairForms{x[0], x[1], x[2], x[3], x[4], 0.3, 0.2, x[5]}, pairing)};
        };
    };
    const std::int64_t atoms = c.all_atoms(), tokens = c.all_tokens(), width = c.channels;
    expect_equal({{random_tensor({atoms, width}, 31), random_tensor({atoms, width}, 32),
                   random_tensor({tokens, width}, 33), random_tensor({tokens, width}, 34),
                   random_tensor({1}, 35), random_tensor({atoms, pairing.most}, 36)},
                  with(pair_sum),
                  with(pair_sum_reference)},
                 "sum over pairs with a bias");
}

TEST(TrainingKernels, DistanceBiasesAreTheReference) {
    for (const std::int64_t n : {1, 15, 16, 33, 200})
        for (const std::int64_t outputs : {1, 3, 9}) {
            const auto with = [](auto bias) {
                return [bias](const Tensors& x) -> Tensors { return {bias(x[0], x[1], 12.0)}; };
            };
            expect_equal({{random_tensor({n}, 41).abs() * 6, random_tensor({16, outputs}, 42)},
                          with(distance_bias),
                          with(distance_bias_reference)},
                         "distance bias");
        }
}

TEST_P(PairCases, TheAnswerOfAtomsIsTheReference) {
    const Pairs& c = GetParam();
    if (std::count(c.atoms.begin(), c.atoms.end(), 0)) return;  // nobody answers
    const Pairing pairing = c.pairing();
    const at::Tensor real = c.real();
    const auto with = [&](auto answer) {
        return [&c, &pairing, &real, answer](const Tensors& x) -> Tensors {
            const TokenChanges change = answer(x[0], AtomKeys{x[1], x[2]}, pairing, c.heads);
            const at::Tensor kept = real.to(x[0].scalar_type());
            return {change.key * kept, change.value * kept};
        };
    };
    expect_equal(
        {{random_tensor({c.all_tokens(), c.channels}, 9), random_tensor({c.all_atoms(), c.channels}, 10),
          random_tensor({c.all_atoms(), 2 * c.channels}, 11)},
         with(answer_tokens),
         with(answer_tokens_reference)},
        "answer");
}

TEST_P(PairCases, TheSumOverPairsIsTheReference) {
    const Pairs& c = GetParam();
    const Pairing pairing = c.pairing();
    const auto with = [&](auto sum) {
        return [&pairing, sum](const Tensors& x) -> Tensors {
            return {sum(PairForms{x[0], x[1], x[2], x[3], x[4], 0.3, 0.2}, pairing)};
        };
    };
    const std::int64_t atoms = c.all_atoms(), tokens = c.all_tokens(), width = c.channels;
    expect_equal(
        {{random_tensor({atoms, width}, 12), random_tensor({atoms, width}, 13),
          random_tensor({tokens, width}, 14), random_tensor({tokens, width}, 15), random_tensor({1}, 16)},
         with(pair_sum),
         with(pair_sum_reference)},
        "pair sum");
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, PairCases,
    ::testing::Values(Pairs{{1}, {1}, {0}}, Pairs{{31}, {33}, {0}}, Pairs{{32}, {32}, {0}},
                      Pairs{{33}, {31}, {0}}, Pairs{{5, 40, 1, 17}, {9}, {0, 0, 0, 0}},
                      Pairs{{5, 7, 64, 3, 20}, {11, 1, 37}, {2, 0, 0, 1, 2}},
                      Pairs{{0, 3, 0}, {4, 6}, {0, 0, 1}}, Pairs{{25, 30}, {200}, {0, 0}, 96, 4},
                      Pairs{{25, 30}, {20, 19}, {1, 0}, 128, 8}, Pairs{{12, 4}, {40}, {0, 0}, 24, 2},
                      Pairs{{4, 9}, {7}, {0, 0}, 8, 2}, Pairs{{1000}, {20}, {0}}, Pairs{{20}, {1000}, {0}},
                      Pairs{{3, 9}, {7}, {0, 0}, 6, 2}));

TEST(PairAttention, AGradientInDoublePrecisionIsFiniteDifferences) {
    const Pairs c{{3, 2, 4}, {5, 4}, {1, 0, 0}, 8, 2};
    const Pairing pairing = c.pairing();
    const at::Tensor real = c.real();
    const auto function = [&](const Tensors& x) -> Tensors {
        TokenChanges change = answer_tokens(x[0], {x[1], x[2]}, pairing, 2);
        change.key = change.key * real, change.value = change.value * real;
        return {attend_tokens(x[1], {x[3], x[4], change}, pairing, 2),
                pair_sum({x[1], x[1] * 2, x[3], x[4], x[5], 0.3, 0.2}, pairing)};
    };
    EXPECT_LT(gradient_error(
                  function, {random_tensor({9, 8}, 20), random_tensor({9, 8}, 21), random_tensor({9, 16}, 22),
                             random_tensor({9, 8}, 23), random_tensor({9, 8}, 24), random_tensor({1}, 25)}),
              1e-7);
}

TEST(PairAttention, AnAtomSeesTheSameWhateverStandsBesideIt) {
    const Pairs many{{7, 25, 40}, {50}, {0, 0, 0}, 32, 4}, one{{25}, {50}, {0}, 32, 4};
    const auto f = [](const at::Tensor& x) { return x.to(at::kFloat); };
    const at::Tensor q = f(random_tensor({72, 32}, 30)), k = f(random_tensor({50, 32}, 31)),
                     v = f(random_tensor({50, 32}, 32));
    const at::Tensor all = attend_tokens(q, {k, v, {}}, many.pairing(), 4),
                     alone = attend_tokens(q.narrow(0, 7, 25), {k, v, {}}, one.pairing(), 4);
    EXPECT_EQ(difference(all.narrow(0, 7, 25), alone), 0);
}

class RowCounts : public ::testing::TestWithParam<std::int64_t> {};

TEST_P(RowCounts, BondMessagesAreTheReference) {
    const std::int64_t atoms = GetParam();
    Random random(40);
    std::vector<std::int64_t> sizes, sender, type;
    for (std::int64_t a = 0; a < atoms; ++a) {
        sizes.push_back(static_cast<std::int64_t>(random.below(5)));
        for (std::int64_t b = 0; b < sizes.back(); ++b) {
            sender.push_back(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(atoms))));
            type.push_back(static_cast<std::int64_t>(random.below(3)));
        }
    }
    const BondGraph bonds{csr_of(sizes), index_of(sender), index_of(type)};
    for (const std::int64_t channels : {12, 16, 96}) {
        const auto with = [&](auto gine) {
            return [&bonds, gine](const Tensors& x) -> Tensors { return {gine(x[0], bonds, x[1], x[2])}; };
        };
        expect_equal({{random_tensor({atoms, channels}, 41), random_tensor({3, channels}, 42),
                       random_tensor({3, channels}, 43)},
                      with(gine_aggregate),
                      with(gine_aggregate_reference)},
                     "bond messages");
    }
}

TEST_P(RowCounts, SumsOfSegmentsAndFeaturesAreTheReference) {
    const std::int64_t rows = GetParam();
    Random random(50);
    std::vector<std::int64_t> sizes, feature;
    for (std::int64_t r = 0; r < rows; ++r) {
        sizes.push_back(static_cast<std::int64_t>(random.below(4)));
        for (int k = 0; k < 3; ++k) feature.push_back(static_cast<std::int64_t>(random.below(9)));
    }
    const Csr csr = csr_of(sizes);
    const at::Tensor index = index_of(feature).view({rows, 3});
    for (const std::int64_t width : {1, 5, 16}) {
        const auto with = [&](auto sum) {
            return [&csr, sum](const Tensors& x) -> Tensors { return {sum(x[0], csr)}; };
        };
        expect_equal(
            {{random_tensor({csr.entries(), width}, 51)}, with(segment_sum), with(segment_sum_reference)},
            "segment sum");
    }
    for (const std::int64_t channels : {3, 12, 64}) {
        const auto with = [&](auto sum) {
            return [&index, sum](const Tensors& x) -> Tensors { return {sum(x[0], index)}; };
        };
        expect_equal({{random_tensor({9, channels}, 52)}, with(feature_sum), with(feature_sum_reference)},
                     "feature sum");
    }
}

TEST_P(RowCounts, AdamwIsTheReference) {
    const std::int64_t count = GetParam() * 70;
    const auto state = [&](at::ScalarType type) {
        const auto x = [&](std::uint64_t seed) { return random_tensor({count}, seed).to(type); };
        return AdamwState{x(60), x(61), x(62), x(63).square(), x(64), x(65).abs()};
    };
    const AdamwStep step{.gradient_scale = 0.7,
                         .beta1 = 0.9,
                         .beta2 = 0.99,
                         .learning_rate = 0.01,
                         .correction1 = 0.3,
                         .correction2 = 0.05,
                         .average = 0.1};
    const AdamwState expected = state(at::kDouble);
    adamw_reference(expected, step);
    const cpu::TrainingKernels* const best = cpu::training_kernels();
    for (const cpu::TrainingKernels* kernels : cpu::runnable_training_kernels()) {
        cpu::use_training_kernels(kernels);
        const AdamwState fused = state(at::kFloat);
        if (count)
            EXPECT_NEAR(euclidean_norm(fused.gradient) / euclidean_norm(state(at::kDouble).gradient), 1,
                        1e-7);
        adamw(fused, step);
        const auto close = [&](const at::Tensor& a, const at::Tensor& b) {
            EXPECT_LT(difference(a.to(at::kDouble), b), 1e-5) << kernels->isa;
        };
        close(fused.weight, expected.weight);
        close(fused.gradient, expected.gradient);
        close(fused.first_moment, expected.first_moment);
        close(fused.second_moment, expected.second_moment);
        close(fused.average, expected.average);
    }
    cpu::use_training_kernels(best);
}

INSTANTIATE_TEST_SUITE_P(Sizes, RowCounts, ::testing::Values(0, 1, 31, 32, 33, 1000));

}  // namespace
}  // namespace keyway::ops
