/// All operations in one table: values and gradients of every instruction set against the reference in double
/// precision at the sizes where loops go wrong, the reference against finite differences, and the same bits
/// again. A new operation is one entry of kOperations. Those without a kernel (too small a share of a step)
/// are judged in single precision by themselves in double.
#include "op_harness.hpp"

#include "keyway/ops/adamw.hpp"
#include "keyway/ops/distance_bias.hpp"
#include "keyway/ops/dropout.hpp"
#include "keyway/ops/edge_conv.hpp"
#include "keyway/ops/edge_message.hpp"
#include "keyway/ops/equivariant_norm.hpp"
#include "keyway/ops/feature_sum.hpp"
#include "keyway/ops/gated_update.hpp"
#include "keyway/ops/gine.hpp"
#include "keyway/ops/invariants.hpp"
#include "keyway/ops/linear.hpp"
#include "keyway/ops/mixed_product.hpp"
#include "keyway/ops/node_product.hpp"
#include "keyway/ops/pair_attention.hpp"
#include "keyway/ops/segment.hpp"
#include "keyway/ops/signed_volume.hpp"

#include <algorithm>
#include <cmath>

namespace keyway::ops {
namespace {

using namespace testing;

struct NamedOperation {
    const char* name;
    /// `n` rows (atoms, ligand atoms and tokens, distances, ...) of `channels` numbers.
    OperationPair (*make)(std::int64_t n, std::int64_t channels);
    /// The first is tried with every size, the others fill registers and heads in other ways, or not at all.
    std::vector<std::int64_t> channels;
    bool differentiable = true;
};

// ---- at the atoms of a pocket ----

Tensors parts(const Cartesian& x) { return {x.s, x.v, x.t}; }
Cartesian joined(const Tensors& x, std::size_t first) { return {x[first], x[first + 1], x[first + 2]}; }
Cartesian scalars(const at::Tensor& s) { return {s, {}, {}}; }
Tensors operator+(Tensors a, const Tensors& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

template <Parity parity>
OperationPair product(std::int64_t n, std::int64_t c) {
    return both(node_product_reference, node_product,
                parts(random_cartesian(n, c, 1)) + parts(random_cartesian(n, c, 4)), [](auto run) {
                    return [run](const Tensors& x) { return parts(run(joined(x, 0), joined(x, 3), parity)); };
                });
}

OperationPair product_of_scalars(std::int64_t n, std::int64_t c) {
    return both(node_product_reference, node_product,
                Tensors{random_tensor({n, c}, 1)} + parts(random_cartesian(n, c, 4)), [](auto run) {
                    return [run](const Tensors& x) {
                        return parts(run(scalars(x[0]), joined(x, 1), Parity::so3));
                    };
                });
}

OperationPair norm(std::int64_t n, std::int64_t c) {
    return both(equivariant_norm_reference, equivariant_norm,
                parts(random_cartesian(n, c, 1)) + Tensors{random_tensor({c}, 4), random_tensor({c}, 5),
                                                           random_tensor({c}, 6), random_tensor({c}, 7)},
                [](auto run) {
                    return [run](const Tensors& x) {
                        return parts(run(joined(x, 0), {x[3], x[4], x[5], x[6]}));
                    };
                });
}

OperationPair lengths(std::int64_t n, std::int64_t c) {
    return both(invariants_reference, invariants, parts(random_cartesian(n, c, 1)),
                [](auto run) { return [run](const Tensors& x) { return Tensors{run(joined(x, 0))}; }; });
}

OperationPair update(std::int64_t n, std::int64_t c) {
    return both(gated_update_reference, gated_update,
                parts(random_cartesian(n, c, 1)) + parts(random_cartesian(n, c, 4)) +
                    Tensors{random_tensor({n, 3 * c}, 7)},
                [](auto run) {
                    return [run](const Tensors& x) { return parts(run(joined(x, 0), joined(x, 3), x[6])); };
                });
}

OperationPair update_of_scalars(std::int64_t n, std::int64_t c) {
    return both(gated_update_reference, gated_update,
                Tensors{random_tensor({n, c}, 1)} + parts(random_cartesian(n, c, 4)) +
                    Tensors{random_tensor({n, 3 * c}, 7)},
                [](auto run) {
                    return [run](const Tensors& x) { return parts(run(scalars(x[0]), joined(x, 1), x[4])); };
                });
}

using ManyProducts = Tensors(const at::Tensor&, const Tensors&);
OperationPair shared_products(std::int64_t n, std::int64_t c) {
    return both<ManyProducts>(linear_reference, linear,
                              {random_tensor({n, 3, c}, 1), random_tensor({c, c}, 2),
                               random_tensor({2 * c, c}, 3), random_tensor({16, c}, 4)},
                              [](auto run) {
                                  return [run](const Tensors& x) { return run(x[0], {x[1], x[2], x[3]}); };
                              });
}

using OneProduct = at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&);
OperationPair product_with_bias(std::int64_t n, std::int64_t c) {
    return both<OneProduct>(
        linear_reference, linear,
        {random_tensor({n, c}, 1), random_tensor({2 * c, c}, 2), random_tensor({2 * c}, 3)},
        [](auto run) { return [run](const Tensors& x) { return Tensors{run(x[0], x[1], x[2])}; }; });
}

Tensors mixers(std::int64_t c) {
    Tensors weights;
    for (std::uint64_t seed = 10; seed < 16; ++seed)
        weights.push_back(random_tensor({c, c}, seed) / std::sqrt(c));
    return weights;
}
Mixer mixer(const Tensors& x, std::size_t first) { return {x[first], x[first + 1], x[first + 2]}; }

template <Parity parity>
OperationPair product_between_mixers(std::int64_t n, std::int64_t c) {
    return both(mixed_product_reference, mixed_product,
                parts(random_cartesian(n, c, 1)) + parts(random_cartesian(n, c, 4)) + mixers(c),
                [](auto run) {
                    return [run](const Tensors& x) {
                        return parts(run(joined(x, 0), joined(x, 3), mixer(x, 6), mixer(x, 9), parity));
                    };
                });
}

OperationPair product_of_scalars_between_mixers(std::int64_t n, std::int64_t c) {
    return both(mixed_product_reference, mixed_product,
                Tensors{random_tensor({n, c}, 1)} + parts(random_cartesian(n, c, 4)) + mixers(c),
                [](auto run) {
                    return [run](const Tensors& x) {
                        return parts(run(scalars(x[0]), joined(x, 1), mixer(x, 4), mixer(x, 7), Parity::so3));
                    };
                });
}

// ---- edges of a pocket ----

constexpr std::int64_t heads_of(std::int64_t channels) {
    return channels == 128 ? 8 : channels == 96 ? 4 : 2;
}

/// What senders hold besides scalars.
enum class Senders { scalars, all };
/// Who gets a message: each atom, or every third, in reverse order.
enum class Receivers { all, some };

template <Senders senders, Receivers receivers = Receivers::all>
OperationPair message(std::int64_t n, std::int64_t c) {
    const std::int64_t heads = heads_of(c);
    const at::Tensor position = random_tensor({n, 3}, 50) * 2;
    EdgeGraph edges = random_graph(position, 4, 51);
    if (receivers == Receivers::some) edges = towards(edges, at::arange(0, n, 3, at::kLong).flip(0));
    return both(edge_message_reference, edge_message,
                parts(random_cartesian(n, c, 52)) +
                    Tensors{random_tensor({edges.receivers.rows(), c}, 55), random_tensor({n, c}, 56),
                            random_tensor({heads}, 57), random_tensor({3, 8, kEdgePaths, heads}, 58)},
                [edges](auto run) {
                    return [edges, run](const Tensors& x) {
                        EdgeGraph graph = edges;
                        graph.length = graph.length.to(x[0].scalar_type());
                        graph.direction = graph.direction.to(x[0].scalar_type());
                        const Cartesian sent = senders == Senders::all ? joined(x, 0) : scalars(x[0]);
                        return parts(run(sent, {x[3], x[4], x[5]}, {x[6], 6.0, 4.0}, graph, Parity::so3));
                    };
                });
}

// ---- atoms of ligands and tokens of pockets ----

/// Four ligands before three pockets: one with n atoms, one with n tokens; neighbours in the list that share
/// a pocket and fill more than one block; a pocket of one token.
struct Pairs {
    explicit Pairs(std::int64_t n)
        : pairing({{0, n, n + 7, n + 47, n + 50},
                   {0, tokens_of(n), tokens_of(n) + 20, tokens_of(n) + 21},
                   {1, 0, 0, 2}},
                  at::kCPU),
          atoms(n + 50),
          tokens(tokens_of(n) + 21) {}
    static std::int64_t tokens_of(std::int64_t n) { return std::max<std::int64_t>(n, 1); }

    /// 1 where a row of the changes is a token.
    at::Tensor real(const at::Tensor& like) const {
        return pairing.by_ligand.token_mask().to(like.scalar_type()).unsqueeze(2);
    }
    /// Of changes [L, most, c].
    at::Tensor random_change(std::int64_t channels, std::uint64_t seed) const {
        return random_tensor({pairing.ligands, pairing.most, channels}, seed);
    }

    Pairing pairing;
    std::int64_t atoms, tokens;
};

enum class Changes { none, some };
enum class PairTerm { none, bias };

template <Changes changes, PairTerm term>
OperationPair attention(std::int64_t n, std::int64_t c) {
    const Pairs pairs(n);
    const std::int64_t heads = heads_of(c);
    return both(attend_tokens_reference, attend_tokens,
                {random_tensor({pairs.atoms, c}, 21), random_tensor({pairs.tokens, c}, 22),
                 random_tensor({pairs.tokens, c}, 23), pairs.random_change(c, 24), pairs.random_change(c, 25),
                 random_tensor({heads, pairs.atoms, pairs.pairing.most}, 26)},
                [pairs, heads](auto run) {
                    return [pairs, heads, run](const Tensors& x) {
                        TokenKeys tokens{x[1], x[2], {}};
                        const at::Tensor real = pairs.real(x[0]);
                        if (changes == Changes::some) tokens.change = {x[3] * real, x[4] * real};
                        if (term == PairTerm::bias) tokens.bias = x[5];
                        return Tensors{run(x[0], tokens, pairs.pairing, static_cast<int>(heads))};
                    };
                });
}

OperationPair answer(std::int64_t n, std::int64_t c) {
    const Pairs pairs(std::max<std::int64_t>(n, 1));  // somebody has to answer
    const std::int64_t heads = heads_of(c);
    return both(answer_tokens_reference, answer_tokens,
                {random_tensor({pairs.tokens, c}, 9), random_tensor({pairs.atoms, c}, 10),
                 random_tensor({pairs.atoms, 2 * c}, 11)},
                [pairs, heads](auto run) {
                    return [pairs, heads, run](const Tensors& x) {
                        const TokenChanges change =
                            run(x[0], AtomKeys{x[1], x[2]}, pairs.pairing, static_cast<int>(heads));
                        const at::Tensor real = pairs.real(x[0]);
                        return Tensors{change.key * real, change.value * real};
                    };
                });
}

template <PairTerm term>
OperationPair sum_over_pairs(std::int64_t n, std::int64_t c) {
    const Pairs pairs(n);
    return both(pair_sum_reference, pair_sum,
                {random_tensor({pairs.atoms, c}, 31), random_tensor({pairs.atoms, c}, 32),
                 random_tensor({pairs.tokens, c}, 33), random_tensor({pairs.tokens, c}, 34),
                 random_tensor({1}, 35), random_tensor({pairs.atoms, pairs.pairing.most}, 36)},
                [pairs](auto run) {
                    return [pairs, run](const Tensors& x) {
                        PairForms forms{x[0], x[1], x[2], x[3], x[4], 0.3, 0.2};
                        if (term == PairTerm::bias) forms.pair_bias = x[5];
                        return Tensors{run(forms, pairs.pairing)};
                    };
                });
}

OperationPair bias_of_distances(std::int64_t n, std::int64_t outputs) {
    return both(distance_bias_reference, distance_bias,
                {random_tensor({n}, 41).abs() * 6, random_tensor({16, outputs}, 42)},
                [](auto run) { return [run](const Tensors& x) { return Tensors{run(x[0], x[1], 12.0)}; }; });
}

// ---- ragged rows of ligands ----

std::vector<std::int64_t> random_numbers(std::int64_t count, std::int64_t below, std::uint64_t seed) {
    Random random(seed);
    std::vector<std::int64_t> numbers;
    for (std::int64_t k = 0; k < count; ++k)
        numbers.push_back(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(below))));
    return numbers;
}

OperationPair bond_messages(std::int64_t n, std::int64_t c) {
    const Csr receivers = csr_of(random_numbers(n, 5, 40));
    const std::int64_t bonds_in_all = receivers.entries();
    const BondGraph bonds{receivers, index_of(random_numbers(bonds_in_all, n, 41)),
                          index_of(random_numbers(bonds_in_all, 3, 42))};
    return both(gine_aggregate_reference, gine_aggregate,
                {random_tensor({n, c}, 41), random_tensor({3, c}, 42), random_tensor({3, c}, 43)},
                [bonds](auto run) {
                    return [bonds, run](const Tensors& x) { return Tensors{run(x[0], bonds, x[1], x[2])}; };
                });
}

OperationPair segments(std::int64_t n, std::int64_t width) {
    const Csr csr = csr_of(random_numbers(n, 4, 50));
    return both(segment_sum_reference, segment_sum, {random_tensor({csr.entries(), width}, 51)},
                [csr](auto run) { return [csr, run](const Tensors& x) { return Tensors{run(x[0], csr)}; }; });
}

OperationPair shares_of_segments(std::int64_t n, std::int64_t width) {
    const Csr csr = csr_of(random_numbers(n, 4, 55));
    return both(segment_softmax_reference, segment_softmax, {random_tensor({csr.entries(), width}, 56)},
                [csr](auto run) { return [csr, run](const Tensors& x) { return Tensors{run(x[0], csr)}; }; });
}

/// At n stereocentres among nine atoms; every third has an implicit hydrogen.
OperationPair stereo_volumes(std::int64_t n, std::int64_t systems) {
    const std::vector<std::int64_t> neighbours = random_numbers(4 * n, 9, 57);
    StereoCentres centres{at::zeros({n}, at::kLong), index_of(neighbours).view({n, 4}),
                          random_tensor({n}, 58).sign()};
    for (std::int64_t k = 0; k < n; k += 3) centres.neighbour[k][k % 4].fill_(-1);
    return both(signed_volume_reference, signed_volume,
                {random_tensor({9, systems, 3}, 59), random_tensor({systems, 3}, 60)}, [centres](auto run) {
                    return [centres, run](const Tensors& x) {
                        StereoCentres typed = centres;
                        typed.sign = typed.sign.to(x[0].scalar_type());
                        return Tensors{run(x[0], x[1], typed)};
                    };
                });
}

OperationPair features(std::int64_t n, std::int64_t c) {
    const at::Tensor row = index_of(random_numbers(3 * n, 9, 52)).view({n, 3});
    return both(feature_sum_reference, feature_sum, {random_tensor({9, c}, 53)},
                [row](auto run) { return [row, run](const Tensors& x) { return Tensors{run(x[0], row)}; }; });
}

OperationPair dropped(std::int64_t n, std::int64_t width) {
    return both(dropout_reference, dropout, {random_tensor({n, width}, 54)}, [](auto run) {
        return [run](const Tensors& x) { return Tensors{run(x[0], 0.3, 0x1234567887654321)}; };
    });
}

// ---- the arena ----

/// Written in place, without a gradient of its own; and the length of the gradient before.
OperationPair optimiser_step(std::int64_t n, std::int64_t width) {
    const auto numbers = [&](std::uint64_t seed) { return random_tensor({n * width}, seed); };
    return both(adamw_reference, adamw,
                {numbers(60), numbers(61), numbers(62), numbers(63).square(), numbers(64), numbers(65).abs()},
                [](auto run) {
                    return [run](const Tensors& x) {
                        Tensors y;
                        const double length = euclidean_norm(x[1]);
                        for (const at::Tensor& array : x) y.push_back(array.detach().clone());
                        run({y[0], y[1], y[2], y[3], y[4], y[5]}, {.gradient_scale = 0.7,
                                                                   .beta1 = 0.9,
                                                                   .beta2 = 0.99,
                                                                   .learning_rate = 0.01,
                                                                   .correction1 = 0.3,
                                                                   .correction2 = 0.05,
                                                                   .average = 0.1});
                        y.push_back(at::full({1}, length, x[0].options()));
                        return y;
                    };
                });
}

// 48 channels: three registers of AVX-512, and one panel and a half; 12 and 6 fill none.
const NamedOperation kOperations[] = {
    {"NodeProductSo3", product<Parity::so3>, {48, 12}},
    {"NodeProductO3", product<Parity::o3>, {48, 12}},
    {"NodeProductOfScalars", product_of_scalars, {48, 12}},
    {"EquivariantNorm", norm, {48, 12}},
    {"Invariants", lengths, {48, 12}},
    {"GatedUpdate", update, {48, 12}},
    {"GatedUpdateOfScalars", update_of_scalars, {48, 12}},
    {"LinearShared", shared_products, {48, 12}},
    {"LinearWithBias", product_with_bias, {48, 12}},
    {"MixedProductSo3", product_between_mixers<Parity::so3>, {48, 12}},
    {"MixedProductO3", product_between_mixers<Parity::o3>, {48, 12}},
    {"MixedProductOfScalars", product_of_scalars_between_mixers, {48, 12}},
    {"EdgeMessage", message<Senders::all>, {16, 8, 24, 32, 64, 96, 128, 6}},
    {"EdgeMessageOfScalars", message<Senders::scalars>, {16, 8, 24, 32, 64, 96, 128, 6}},
    {"EdgeMessageToSome", message<Senders::all, Receivers::some>, {16, 24, 64, 6}},
    {"Attention", attention<Changes::none, PairTerm::none>, {16, 8, 24, 96, 128, 6}},
    {"AttentionToChanged", attention<Changes::some, PairTerm::none>, {16, 8, 24, 96, 128, 6}},
    {"AttentionWithBias", attention<Changes::none, PairTerm::bias>, {16, 8, 24, 96, 128, 6}},
    {"AttentionToChangedWithBias", attention<Changes::some, PairTerm::bias>, {16, 8, 24, 96, 128, 6}},
    {"Answer", answer, {16, 8, 24, 96, 128, 6}},
    {"PairSum", sum_over_pairs<PairTerm::none>, {16, 32, 8, 6}},
    {"PairSumWithBias", sum_over_pairs<PairTerm::bias>, {16, 32, 8, 6}},
    {"DistanceBias", bias_of_distances, {9, 3, 1}},
    {"BondMessages", bond_messages, {16, 12, 96}},
    {"SegmentSum", segments, {5, 1, 16}},
    {"SegmentSoftmax", shares_of_segments, {5, 1, 16}},
    {"SignedVolume", stereo_volumes, {16, 1}},
    {"FeatureSum", features, {12, 3, 64}},
    {"Dropout", dropped, {70, 3}},
    {"AdamW", optimiser_step, {70}, false},
};

class Operations : public ::testing::TestWithParam<NamedOperation> {};

TEST_P(Operations, FastValuesAndGradientsAreTheReferenceAtEverySize) {
    for (const std::int64_t n : {0, 1, 31, 32, 33, 1000}) {
        SCOPED_TRACE(n);
        expect_fast_is_reference(GetParam().make(n, GetParam().channels[0]));
    }
}

TEST_P(Operations, FastValuesAndGradientsAreTheReferenceForEveryWidth) {
    for (const std::int64_t channels : GetParam().channels) {
        SCOPED_TRACE(channels);
        expect_fast_is_reference(GetParam().make(37, channels));
    }
}

TEST_P(Operations, GradientsInDoublePrecisionAreFiniteDifferences) {
    if (!GetParam().differentiable) return;
    const OperationPair pair = GetParam().make(5, 4);
    EXPECT_LT(gradient_error(pair.reference, pair.inputs, 12), 1e-7);
}

TEST_P(Operations, TheSameInputsGiveTheSameBits) {
    const OperationPair pair = GetParam().make(33, GetParam().channels[0]);
    for_each_instruction_set([&] {
        const Tensors once = values_and_gradients(pair.fast, pair.inputs, at::kFloat),
                      again = values_and_gradients(pair.fast, pair.inputs, at::kFloat);
        for (std::size_t k = 0; k < once.size(); ++k) EXPECT_TRUE(at::equal(once[k], again[k])) << k;
    });
}

INSTANTIATE_TEST_SUITE_P(All, Operations, ::testing::ValuesIn(kOperations),
                         [](const auto& entry) { return entry.param.name; });

}  // namespace
}  // namespace keyway::ops
