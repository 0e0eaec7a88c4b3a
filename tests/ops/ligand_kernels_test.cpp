/// The ligand kernels of every instruction set against the reference operations, and rows that ignore their
/// neighbours bit for bit.
#include "keyway/ops/ligand_kernels.hpp"

#include "support/tensors.hpp"

#include "keyway/ops/cross_attention.hpp"
#include "keyway/ops/distance_bias.hpp"
#include "keyway/ops/gine.hpp"
#include "keyway/ops/signed_volume.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace keyway::ops::cpu {
namespace {

using namespace keyway::testing;

class EveryInstructionSet : public ::testing::TestWithParam<const LigandKernels*> {
protected:
    const LigandKernels& run = *GetParam();
};

at::Tensor numbers(const std::vector<std::int64_t>& shape, int seed) {
    return random_tensor(shape, seed).to(at::kFloat).contiguous();
}
float* floats(const at::Tensor& x) { return x.data_ptr<float>(); }

/// Zeros of the step and with the spare rows that kernels ask for.
at::Tensor rows_for(std::int64_t rows, std::int64_t channels) {
    return at::zeros({rows + kSpareRows, round_up(channels, kPanel)});
}
at::Tensor padded(const at::Tensor& x) {
    at::Tensor out = rows_for(x.size(0), x.size(1));
    out.narrow(0, 0, x.size(0)).narrow(1, 0, x.size(1)).copy_(x);
    return out;
}
Rows view(const at::Tensor& x) { return {floats(x), x.size(1)}; }
at::Tensor top_left(const at::Tensor& x, std::int64_t rows, std::int64_t channels) {
    return x.narrow(0, 0, rows).narrow(1, 0, channels);
}
/// [out, in] -> panels
at::Tensor packed(const at::Tensor& weight) {
    const std::int64_t panels = round_up(weight.size(0), kPanel) / kPanel;
    at::Tensor all = at::zeros({panels * kPanel, weight.size(1)});
    all.narrow(0, 0, weight.size(0)).copy_(weight);
    return all.view({panels, kPanel, weight.size(1)}).transpose(1, 2).contiguous();
}
/// [T, d] -> [d, step]
at::Tensor transposed(const at::Tensor& x, std::int64_t step) {
    return at::constant_pad_nd(x.t(), {0, step - x.size(0)}).contiguous();
}
/// [T, H e] -> [H, step / kTokenPanel, e, kTokenPanel], zero beyond T
at::Tensor key_panels(const at::Tensor& x, std::int64_t step, std::int64_t heads) {
    return at::constant_pad_nd(x, {0, 0, 0, step - x.size(0)})
        .view({step / kTokenPanel, kTokenPanel, heads, x.size(1) / heads})
        .permute({2, 0, 3, 1})
        .contiguous();
}
/// [T, H e] -> [H, step, e]
at::Tensor by_head(const at::Tensor& x, std::int64_t step, std::int64_t heads) {
    return at::constant_pad_nd(x.view({x.size(0), heads, -1}).transpose(0, 1), {0, 0, 0, step - x.size(0)})
        .contiguous();
}

TEST_P(EveryInstructionSet, ExpSigmoidAndTanhKeepTheirDocumentedErrors) {
    std::vector<float> x;
    for (int k = -8800; k < 8800; ++k) x.push_back(static_cast<float>(k) * 0.00991f);
    std::vector<float> e(x.size()), s(x.size()), t(x.size());
    run.math_of(static_cast<std::int64_t>(x.size()), x.data(), e.data(), s.data(), t.data());
    for (std::size_t k = 0; k < x.size(); ++k) {
        const double exact = std::exp(static_cast<double>(x[k]));
        if (std::abs(x[k]) <= 87) {
            EXPECT_NEAR(e[k] / exact, 1, 2e-7 + 8e-8 * std::abs(x[k])) << x[k];
        }
        EXPECT_NEAR(s[k], 1 / (1 + std::exp(-static_cast<double>(x[k]))), 2e-7) << x[k];
        EXPECT_NEAR(t[k], std::tanh(static_cast<double>(x[k])), 3e-7) << x[k];
        if (k > 0) {
            EXPECT_EQ(t[k], -t[x.size() - k]) << x[k];  // exactly odd
        }
    }
}

TEST_P(EveryInstructionSet, ExtremeAndMissingNumbersStayWhatTheyAre) {
    std::vector<float> x(16, 0), e(16), s(16), t(16);
    x[0] = 1e30f, x[1] = -1e30f, x[2] = std::nanf("");
    run.math_of(16, x.data(), e.data(), s.data(), t.data());
    EXPECT_TRUE(std::isfinite(e[0]));
    EXPECT_LT(e[1], 1e-37f);
    EXPECT_EQ(t[0], 1);
    EXPECT_EQ(t[1], -1);
    EXPECT_TRUE(std::isnan(e[2]) && std::isnan(s[2]) && std::isnan(t[2]));
}

TEST_P(EveryInstructionSet, DenseLayerIsLinearSiluAndResidual) {
    for (const std::int64_t rows : {0, 1, 31, 32, 33, 1000})
        for (const auto& [in, out] : {std::pair{128, 256}, {96, 48}, {16, 1}}) {
            const at::Tensor x = numbers({rows, in}, 1), w = numbers({out, in}, 2), b = numbers({out}, 3),
                             r = numbers({rows, out}, 4);
            const at::Tensor bias = at::constant_pad_nd(b, {0, round_up(out, kPanel) - out}).contiguous();
            const at::Tensor panels = packed(w), from = padded(x), residual = padded(r);
            const at::Tensor y = rows_for(rows, out), z = rows_for(rows, out);
            const Dense layer{floats(panels), floats(bias), in, out}, plain{floats(panels), nullptr, in, out};
            run.dense(rows, view(from), layer, Activation::silu, view(residual), view(y));
            run.dense(rows, view(from), plain, Activation::none, {}, view(z));
            if (rows == 0) continue;
            EXPECT_LT(difference(top_left(y, rows, out), at::silu(at::linear(x, w, b)) + r), 2e-4);
            EXPECT_LT(difference(top_left(z, rows, out), at::linear(x, w)), 2e-4);
        }
}

TEST_P(EveryInstructionSet, DenseRowHasTheSameBitsAtAnyPlace) {
    const at::Tensor x = numbers({40, 64}, 5), panels = packed(numbers({32, 64}, 6));
    const Dense layer{floats(panels), nullptr, 64, 32};
    const at::Tensor together = rows_for(40, 32), from = padded(x);
    run.dense(40, view(from), layer, Activation::silu, {}, view(together));
    for (std::int64_t row = 0; row < 40; ++row) {
        const at::Tensor alone = rows_for(1, 32), single = padded(x.narrow(0, row, 1));
        run.dense(1, view(single), layer, Activation::silu, {}, view(alone));
        EXPECT_TRUE(at::equal(alone[0], together[row])) << row;
    }
}

/// [out, in] -> bf16 panels of pairs
at::Tensor packed_bf16(const at::Tensor& weight) {
    const std::int64_t in = round_up(weight.size(1), 2), out = round_up(weight.size(0), kPanel);
    return at::constant_pad_nd(weight, {0, in - weight.size(1), 0, out - weight.size(0)})
        .view({-1, kPanel, in / 2, 2})
        .transpose(1, 2)
        .to(at::kBFloat16)
        .contiguous();
}
std::uint16_t* halves(const at::Tensor& x) { return static_cast<std::uint16_t*>(x.data_ptr()); }

TEST(Bf16, DenseLayerIsExactOnRoundedNumbersAndARowIgnoresItsNeighbours) {
    if (!dense_bf16()) GTEST_SKIP() << "this CPU has no bf16 products";
    for (const std::int64_t rows : {0, 1, 31, 32, 33, 1000})
        for (const auto& [in, out] : {std::pair{128, 256}, {96, 48}, {15, 1}}) {
            const at::Tensor x = numbers({rows, in}, 1), w = numbers({out, in}, 2), b = numbers({out}, 3),
                             r = numbers({rows, out}, 4);
            const at::Tensor bias = at::constant_pad_nd(b, {0, round_up(out, kPanel) - out}).contiguous();
            const at::Tensor panels = packed_bf16(w), from = padded(x), residual = padded(r),
                             scratch = at::empty_like(from, at::kBFloat16), y = rows_for(rows, out);
            const DenseBf16 layer{halves(panels), floats(bias), in, out, halves(scratch)};
            dense_bf16()(rows, view(from), layer, Activation::silu, view(residual), view(y));
            if (rows == 0) continue;
            const auto rounded = [](const at::Tensor& t) { return t.to(at::kBFloat16).to(at::kDouble); };
            const at::Tensor exact = at::silu(at::linear(rounded(x), rounded(w), b.to(at::kDouble))) + r;
            EXPECT_LT(difference(top_left(y, rows, out), exact.to(at::kFloat)), 2e-4) << rows << ' ' << in;

            const at::Tensor alone = rows_for(1, out), last = padded(x.narrow(0, rows - 1, 1)),
                             of_last = padded(r.narrow(0, rows - 1, 1));
            dense_bf16()(1, view(last), layer, Activation::silu, view(of_last), view(alone));
            EXPECT_TRUE(at::equal(alone[0], y[rows - 1])) << rows << ' ' << in;
        }
}

TEST_P(EveryInstructionSet, AttentionIsTheReference) {
    for (const auto& [atoms, tokens, heads, width] : {std::array<std::int64_t, 4>{25, 200, 8, 16},
                                                      {26, 200, 5, 32},
                                                      {1, 1, 2, 4},
                                                      {33, 31, 4, 24},
                                                      {7, 16, 3, 20}}) {
        const std::int64_t d = heads * width, step = round_up(tokens, 16);
        const at::Tensor q = numbers({atoms, d}, 7), k = numbers({tokens, d}, 8), v = numbers({tokens, d}, 9);
        const at::Tensor query = padded(q / std::sqrt(static_cast<double>(width))), y = rows_for(atoms, d);
        const at::Tensor key = key_panels(k, step, heads), value = by_head(v, step, heads);
        const at::Tensor scratch = at::empty({scratch_floats(atoms, width, step)});
        run.attend({atoms, heads, width, tokens, step, floats(scratch)}, view(query),
                   {floats(key), floats(value)}, view(y));
        const at::Tensor expected =
            cross_attention(q.unsqueeze(0), k.unsqueeze(0), v.unsqueeze(0), {}, static_cast<int>(heads))[0];
        EXPECT_LT(difference(top_left(y, atoms, d), expected), 1e-5) << atoms << ' ' << tokens;
    }
}

TEST_P(EveryInstructionSet, AnchorBiasesAndAttentionWithThemAreTheReference) {
    for (const auto& [atoms, tokens, heads, width] :
         {std::array<std::int64_t, 4>{25, 200, 8, 16}, {1, 1, 2, 4}, {33, 31, 4, 24}}) {
        const std::int64_t d = heads * width, step = round_up(tokens, 16);
        const at::Tensor anchor = numbers({atoms, 3}, 10) * 4, place = numbers({tokens, 3}, 11) * 4;
        const at::Tensor table = numbers({16, heads + 1}, 12), bias = at::empty({heads + 1, atoms, step});
        const at::Tensor x = at::empty({scratch_floats(atoms, width, step)}),
                         positions = transposed(place, step);
        const at::Tensor anchors = anchor.to(at::kFloat), coefficients = table.to(at::kFloat);
        Heads size{atoms, heads, width, tokens, step, floats(x)};
        run.anchor_bias(size, {floats(anchors), floats(positions), {floats(coefficients), 16, heads + 1, 12}},
                        floats(bias));
        const at::Tensor distance =
            (anchor.to(at::kDouble).unsqueeze(1) - place.to(at::kDouble).unsqueeze(0)).norm(2, 2);
        const at::Tensor expected_bias = distance_bias_reference(distance, table.to(at::kDouble), 12);
        EXPECT_LT(difference(bias.narrow(2, 0, tokens).to(at::kDouble), expected_bias), 1e-4);

        const at::Tensor q = numbers({atoms, d}, 7), k = numbers({tokens, d}, 8), v = numbers({tokens, d}, 9);
        const at::Tensor query = padded(q / std::sqrt(static_cast<double>(width))), y = rows_for(atoms, d);
        const at::Tensor key = key_panels(k, step, heads), value = by_head(v, step, heads);
        size.bias = floats(bias);
        run.attend(size, view(query), {floats(key), floats(value)}, view(y));
        const at::Tensor expected =
            cross_attention(q.unsqueeze(0), k.unsqueeze(0), v.unsqueeze(0), {}, static_cast<int>(heads),
                            expected_bias.narrow(0, 0, heads).unsqueeze(0).to(q.scalar_type()))[0];
        EXPECT_LT(difference(top_left(y, atoms, d), expected), 1e-4) << atoms << ' ' << tokens;
    }
}

TEST_P(EveryInstructionSet, AnswersChangeKeysAndValuesAsTheReferenceAndAddUp) {
    for (const auto& [atoms, tokens, heads, width] :
         {std::array<std::int64_t, 4>{9, 21, 3, 8}, {25, 200, 2, 16}, {26, 90, 2, 32}, {3, 1, 2, 4}}) {
        const std::int64_t d = heads * width, step = round_up(tokens, 16);
        const at::Tensor q = numbers({tokens, d}, 1), k = numbers({atoms, d}, 2),
                         v = numbers({atoms, 2 * d}, 3);
        const at::Tensor base_k = numbers({tokens, d}, 4), base_v = numbers({tokens, d}, 5);
        const at::Tensor query = key_panels(q, step, heads), base_key = key_panels(base_k, step, heads),
                         base_value = by_head(base_v, step, heads);
        const at::Tensor atom_key = padded(k / std::sqrt(static_cast<double>(width))), atom_value = padded(v);
        const at::Tensor change_key = at::zeros_like(base_key),
                         change_value = at::zeros({heads, step, width}),
                         result_key = at::zeros_like(base_key),
                         result_value = at::zeros({heads, step, width});
        const at::Tensor scratch = at::empty({scratch_floats(atoms, width, step)});
        Answer work{.query = floats(query),
                    .key = view(atom_key),
                    .value = view(atom_value),
                    .base = {floats(base_key), floats(base_value)},
                    .earlier = {},
                    .change = {floats(change_key), floats(change_value)},
                    .result = {floats(result_key), floats(result_value)}};
        const Heads size{atoms, heads, width, tokens, step, floats(scratch)};
        run.answer(size, work);
        work.earlier = work.change;
        run.answer(size, work);  // the same answer again: the change is twice as large

        const at::Tensor change =
            cross_attention(q.unsqueeze(0), k.unsqueeze(0), v.unsqueeze(0), {}, static_cast<int>(heads))[0]
                .view({tokens, heads, 2, width});
        const at::Tensor dk = change.select(2, 0).reshape({tokens, d}),
                         dv = change.select(2, 1).reshape({tokens, d});
        const auto of_panels = [&](const at::Tensor& x) {  // [H, panels, e, kTokenPanel] -> [T, H e]
            return x.permute({1, 3, 0, 2}).reshape({step, d}).narrow(0, 0, tokens);
        };
        const auto of_tokens = [&](const at::Tensor& x) { return x.narrow(1, 0, tokens); };
        EXPECT_LT(difference(of_panels(result_key), base_k + 2 * dk), 1e-5) << width;
        EXPECT_LT(difference(of_tokens(result_value), of_tokens(by_head(base_v + 2 * dv, step, heads))),
                  1e-5);
        EXPECT_LT(difference(of_panels(change_key), 2 * dk), 1e-5);
        for (const at::Tensor& values : {change_value, result_value})
            EXPECT_TRUE(
                at::equal(values.narrow(1, tokens, step - tokens), at::zeros({heads, step - tokens, width})))
                << "padding was written";
    }
}

TEST_P(EveryInstructionSet, BondsAggregateAsTheReferenceBeforeTheNorm) {
    const std::int64_t d = 24, types = 5;
    const std::vector<std::int32_t> ptr = {0, 1, 3, 4, 4}, sender = {1, 0, 2, 1}, type = {4, 4, 0, 0},
                                    ligand = {0, 0, 0, 1};  // a chain of three atoms and one atom alone
    const at::Tensor h = numbers({4, d}, 1), embedding = numbers({types, d}, 2),
                     gate = numbers({types, d}, 3), context = numbers({2, d}, 4), gain = numbers({d}, 5),
                     bias = numbers({d}, 6);
    const at::Tensor open = at::sigmoid(gate), state = padded(h), contexts = padded(context),
                     y = rows_for(4, d);
    const Bonds bonds{4, ptr.data(),    sender.data(), type.data(), floats(embedding), floats(open),
                      d, ligand.data(), view(contexts)};
    run.gine_input(bonds, view(state), {floats(gain), floats(bias), d}, view(y));

    const BondGraph graph{{at::tensor({0, 1, 3, 4, 4}, at::kLong), at::tensor({0, 1, 1, 2}, at::kLong)},
                          at::tensor({1, 0, 2, 1}, at::kLong),
                          at::tensor({4, 4, 0, 0}, at::kLong)};
    const at::Tensor sum = h + gine_aggregate(h, graph, embedding, gate) +
                           context.index_select(0, at::tensor({0, 0, 0, 1}, at::kLong));
    EXPECT_LT(difference(top_left(y, 4, d), at::layer_norm(sum, {d}, gain, bias)), 1e-5);
}

TEST_P(EveryInstructionSet, SignedVolumesAreTheReferenceAndExactlyOdd) {
    const std::int64_t g = 5;
    const at::Tensor point = numbers({8, 3 * g}, 1), hydrogen = numbers({g, 3}, 2), y = rows_for(2, g),
                     mirrored = rows_for(2, g), rows = padded(point);
    const std::vector<std::int32_t> neighbour = {0, 1, 2, 3, 4, 5, 6, -1};
    const std::vector<float> sign = {1, -1}, other = {-1, 1};
    run.stereo_volumes({2, g, view(rows), floats(hydrogen), neighbour.data(), sign.data()}, view(y));
    run.stereo_volumes({2, g, view(rows), floats(hydrogen), neighbour.data(), other.data()}, view(mirrored));

    const StereoCentres centres{at::tensor({0, 1}, at::kLong),
                                at::tensor({0, 1, 2, 3, 4, 5, 6, -1}, at::kLong).view({2, 4}),
                                at::tensor({1.0f, -1.0f})};
    const at::Tensor expected = at::tanh(signed_volume(point.view({8, g, 3}), hydrogen, centres));
    EXPECT_LT(difference(top_left(y, 2, g), expected), 1e-5);
    EXPECT_TRUE(at::equal(top_left(y, 2, g), -top_left(mirrored, 2, g)));
}

INSTANTIATE_TEST_SUITE_P(Cpu, EveryInstructionSet,
                         ::testing::ValuesIn(runnable_ligand_kernels().begin(),
                                             runnable_ligand_kernels().end()),
                         [](const auto& test) { return std::string(test.param->isa); });

}  // namespace
}  // namespace keyway::ops::cpu
