/// The operations on the atoms of a pocket: fast values and gradients against the reference, at the sizes
/// where loops go wrong, and the reference against finite differences.
#include "op_harness.hpp"

#include "keyway/ops/equivariant_norm.hpp"
#include "keyway/ops/gated_update.hpp"
#include "keyway/ops/invariants.hpp"
#include "keyway/ops/linear.hpp"
#include "keyway/ops/node_product.hpp"

namespace keyway::ops {
namespace {

using namespace testing;

constexpr std::int64_t kChannels = 48;  // three registers of AVX-512, and one panel and a half

Tensors parts(const Cartesian& x) { return {x.s, x.v, x.t}; }
Cartesian joined(const Tensors& x, std::size_t first) { return {x[first], x[first + 1], x[first + 2]}; }
Tensors operator+(Tensors a, const Tensors& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

/// `atoms` rows of `channels` channels.
struct NamedPair {
    const char* name;
    OperationPair (*make)(std::int64_t atoms, std::int64_t channels);
};

template <Parity parity>
OperationPair product(std::int64_t n, std::int64_t c) {
    const auto with = [](auto run) {
        return [run](const Tensors& x) { return parts(run(joined(x, 0), joined(x, 3), parity)); };
    };
    return {with(node_product_reference), with(node_product),
            parts(random_cartesian(n, c, 1)) + parts(random_cartesian(n, c, 4))};
}

OperationPair product_of_scalars(std::int64_t n, std::int64_t c) {
    const auto with = [](auto run) {
        return [run](const Tensors& x) { return parts(run({x[0], {}, {}}, joined(x, 1), Parity::so3)); };
    };
    return {with(node_product_reference), with(node_product),
            Tensors{random_tensor({n, c}, 1)} + parts(random_cartesian(n, c, 4))};
}

OperationPair norm(std::int64_t n, std::int64_t c) {
    const auto with = [](auto run) {
        return [run](const Tensors& x) { return parts(run(joined(x, 0), {x[3], x[4], x[5], x[6]})); };
    };
    return {with(equivariant_norm_reference), with(equivariant_norm),
            parts(random_cartesian(n, c, 1)) + Tensors{random_tensor({c}, 4), random_tensor({c}, 5),
                                                       random_tensor({c}, 6), random_tensor({c}, 7)}};
}

OperationPair lengths(std::int64_t n, std::int64_t c) {
    const auto with = [](auto run) { return [run](const Tensors& x) { return Tensors{run(joined(x, 0))}; }; };
    return {with(invariants_reference), with(invariants), parts(random_cartesian(n, c, 1))};
}

OperationPair update(std::int64_t n, std::int64_t c) {
    const auto with = [](auto run) {
        return [run](const Tensors& x) { return parts(run(joined(x, 0), joined(x, 3), x[6])); };
    };
    return {with(gated_update_reference), with(gated_update),
            parts(random_cartesian(n, c, 1)) + parts(random_cartesian(n, c, 4)) +
                Tensors{random_tensor({n, 3 * c}, 7)}};
}

OperationPair update_of_scalars(std::int64_t n, std::int64_t c) {
    const auto with = [](auto run) {
        return [run](const Tensors& x) { return parts(run({x[0], {}, {}}, joined(x, 1), x[4])); };
    };
    return {with(gated_update_reference), with(gated_update),
            Tensors{random_tensor({n, c}, 1)} + parts(random_cartesian(n, c, 4)) +
                Tensors{random_tensor({n, 3 * c}, 7)}};
}

using ManyProducts = Tensors (*)(const at::Tensor&, const Tensors&);
OperationPair shared_products(std::int64_t n, std::int64_t c) {
    const auto with = [](ManyProducts run) {
        return [run](const Tensors& x) { return run(x[0], {x[1], x[2], x[3]}); };
    };
    return {with(linear_reference),
            with(linear),
            {random_tensor({n, 3, c}, 1), random_tensor({c, c}, 2), random_tensor({2 * c, c}, 3),
             random_tensor({16, c}, 4)}};
}

using OneProduct = at::Tensor (*)(const at::Tensor&, const at::Tensor&, const at::Tensor&);
OperationPair product_with_bias(std::int64_t n, std::int64_t c) {
    const auto with = [](OneProduct run) {
        return [run](const Tensors& x) { return Tensors{run(x[0], x[1], x[2])}; };
    };
    return {with(linear_reference),
            with(linear),
            {random_tensor({n, c}, 1), random_tensor({2 * c, c}, 2), random_tensor({2 * c}, 3)}};
}

constexpr NamedPair kPairs[] = {
    {"ProductSo3", product<Parity::so3>},
    {"ProductO3", product<Parity::o3>},
    {"ProductOfScalars", product_of_scalars},
    {"Norm", norm},
    {"Invariants", lengths},
    {"GatedUpdate", update},
    {"GatedUpdateOfScalars", update_of_scalars},
    {"LinearShared", shared_products},
    {"LinearWithBias", product_with_bias},
};

class AtomOps : public ::testing::TestWithParam<NamedPair> {};

TEST_P(AtomOps, FastValuesAndGradientsAreTheReference) {
    for (const std::int64_t atoms : {0, 1, 31, 32, 33, 1000}) {
        SCOPED_TRACE(atoms);
        expect_fast_is_reference(GetParam().make(atoms, kChannels));
    }
}

TEST_P(AtomOps, ReferenceGradientsAreFiniteDifferences) {
    const OperationPair pair = GetParam().make(3, 4);
    EXPECT_LT(gradient_error(pair.reference, pair.inputs, 12), 1e-7);
}

TEST_P(AtomOps, ChannelsThatFillNoRegisterTakeTheReference) {
    const OperationPair pair = GetParam().make(5, 12);
    expect_close(values_and_gradients(pair.fast, pair.inputs, at::kFloat),
                 values_and_gradients(pair.reference, pair.inputs, at::kDouble), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(All, AtomOps, ::testing::ValuesIn(kPairs),
                         [](const auto& info) { return info.param.name; });

TEST(LinearRows, AreTheSameAloneAndAmongOthers) {
    const at::Tensor x = random_tensor({37, kChannels}, 1).to(at::kFloat),
                     w = random_tensor({kChannels, kChannels}, 2).to(at::kFloat), none;
    for_each_instruction_set([&] {
        const at::Tensor all = linear(x, w, none);
        for (const std::int64_t row : {0, 8, 36})
            EXPECT_EQ(difference(all.narrow(0, row, 1), linear(x.narrow(0, row, 1), w, none)), 0);
    });
}

TEST(LinearShared, AProductThatNothingUsesGetsNoGradient) {
    Tensors x = {random_tensor({5, kChannels}, 1), random_tensor({kChannels, kChannels}, 2),
                 random_tensor({kChannels, kChannels}, 3)};
    for (at::Tensor& t : x) t = t.to(at::kFloat).requires_grad_();
    linear(x[0], {x[1], x[2]})[1].sum().backward();
    EXPECT_LT(difference(x[0].grad(), x[2].detach().sum(0, true).expand({5, kChannels})), 1e-4);
    EXPECT_TRUE(!x[1].grad().defined() || x[1].grad().abs().max().item<float>() == 0);
}

}  // namespace
}  // namespace keyway::ops
