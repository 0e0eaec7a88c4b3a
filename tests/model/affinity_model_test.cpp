/// What the network promises: invariances, independence of the batch, honest gradients, and that it can
/// learn.
#include "model/complexes.hpp"
#include "ops/cpu/kernels.hpp"
#include "ops/cpu/training_kernels.hpp"
#include "support/synthetic.hpp"
#include "support/tensors.hpp"

#include "keyway/core/error.hpp"

#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>

namespace keyway::model {
namespace {

using namespace testing;
using batch::Batch;

struct Precision {
    const char* name;
    at::ScalarType dtype;
    double tolerance;
    ModelConfig (*config)() = tiny;
};
class Invariants : public ::testing::TestWithParam<Precision> {
protected:
    void SetUp() override {
        if (model.config().grounding) open_eyes(model);
        remember(model, {five().pockets[0], five().pockets[2]});
    }
    AffinityModel model{GetParam().config(), {.dtype = GetParam().dtype, .seed = 1}};
    c10::NoGradGuard no_grad;

    void expect_same(const at::Tensor& a, const at::Tensor& b) const {
        ASSERT_EQ(a.sizes(), b.sizes());
        EXPECT_LT(relative(a, b).max().item<double>(), GetParam().tolerance);
    }
};
INSTANTIATE_TEST_SUITE_P(Precisions, Invariants,
                         ::testing::Values(Precision{"fp64", at::kDouble, 1e-12},
                                           Precision{"fp32", at::kFloat, 1e-5},
                                           Precision{"grounded_fp64", at::kDouble, 1e-12, grounded_tiny},
                                           Precision{"grounded_fp32", at::kFloat, 1e-5, grounded_tiny}),
                         [](const auto& precision) { return std::string(precision.param.name); });

TEST_P(Invariants, NothingDependsOnWhereThePocketLiesAndHowItIsTurned) {
    Batch batch = five().collated(in(at::kDouble));
    const at::Tensor here = batch.pockets.position_in_pocket,
                     there = here.matmul(random_rotation(7).t()) + 10;
    batch.ligands = five().collated(in(GetParam().dtype)).ligands;
    const auto all_at = [&](const at::Tensor& position) {
        batch.pockets.position_in_pocket = position.to(GetParam().dtype);
        batch.pockets.composition = batch.pockets.composition.to(GetParam().dtype);
        const EncodedPockets encoded = model.encode_pockets(batch.pockets);
        return at::cat({scalars(model.forward(encoded, batch.ligands, kEverything)),
                        encoded.retrieval.flatten(), encoded.token.flatten()});
    };
    expect_same(all_at(there), all_at(here));
}

TEST_P(Invariants, OrderOfPocketAtomsDoesNotMatter) {
    Complexes complexes = five();
    const at::Tensor before = model.forward(complexes.collated(in(GetParam().dtype))).pk;
    for (PocketGraph& pocket : complexes.pockets) {  // residues last to first, and so the atoms within
        std::vector<int> order(pocket.atoms());
        std::iota(order.rbegin(), order.rend(), 0);
        pocket = renumbered(pocket, order);
    }
    expect_same(model.forward(complexes.collated(in(GetParam().dtype))).pk, before);
}

TEST_P(Invariants, OrderOfLigandAtomsDoesNotMatter) {
    Complexes complexes = five();
    const at::Tensor before = model.forward(complexes.collated(in(GetParam().dtype))).pk;
    Random random(5);
    for (LigandGraph& ligand : complexes.ligands) {
        std::vector<int> order(ligand.atoms());
        std::iota(order.begin(), order.end(), 0);
        random.shuffle(order);
        ligand = renumbered(ligand, order);
        for (StereoCentre& centre : ligand.stereo) {  // another order of neighbours with its sign
            std::swap(centre.neighbour[0], centre.neighbour[2]);
            centre.sign = static_cast<std::int8_t>(-centre.sign);
        }
    }
    expect_same(model.forward(complexes.collated(in(GetParam().dtype))).pk, before);
}

TEST_P(Invariants, AComplexScoresTheSameAloneAndInAnyBatch) {
    const Complexes all = five();
    const Output together = model.forward(all.collated(in(GetParam().dtype)), kEverything);
    for (std::size_t l = 0; l < all.ligands.size(); ++l) {
        const Complexes alone{{all.pockets[all.pocket_of_ligand[l]]}, {all.ligands[l]}, {0}};
        const Output own = model.forward(alone.collated(in(GetParam().dtype)), kEverything);
        const auto row = static_cast<std::int64_t>(l);
        const std::int64_t first = together.pair_ptr[l], pairs = together.pair_ptr[l + 1] - first;
        ASSERT_EQ(own.pair_ptr[1], pairs);
        expect_same(together.pk.narrow(0, row, 1), own.pk);
        expect_same(together.log_variance.narrow(0, row, 1), own.log_variance);
        expect_same(together.retrieval_ligand.narrow(0, row, 1), own.retrieval_ligand);
        expect_same(together.pair_gate.narrow(0, first, pairs), own.pair_gate);
        expect_same(together.distance_logits.narrow(0, first, pairs), own.distance_logits);
    }
}

TEST_P(Invariants, SharingAPocketOrNotGivesTheSameScores) {
    const Complexes all = five();
    Complexes shared{{all.pockets[0]}, all.ligands, std::vector<int>(5, 0)}, copies = shared;
    for (int l = 1; l < 5; ++l) {
        copies.pockets.push_back(all.pockets[0]);
        copies.pocket_of_ligand[l] = l;
    }
    expect_same(model.forward(shared.collated(in(GetParam().dtype))).pk,
                model.forward(copies.collated(in(GetParam().dtype))).pk);
}

TEST_P(Invariants, ContributionsAddUpToThePrediction) {
    const Output o = model.forward(five().collated(in(GetParam().dtype)), kEverything);
    for (std::int64_t l = 0; l < 5; ++l) {
        const auto own = [&](const at::Tensor& x) {
            return x.narrow(0, o.pair_ptr[l], o.pair_ptr[l + 1] - o.pair_ptr[l]);
        };
        expect_same((own(o.pair_gate) * own(o.pair_energy)).sum() + o.pooled[l] + o.recalled[l], o.pk[l]);
    }
}

TEST(AffinityModel, AMirroredPocketIsTheSameInO3ModeAndAnotherInSo3Mode) {
    Complexes mirrored = five();
    for (PocketGraph& pocket : mirrored.pockets) pocket = reflected(pocket);
    ModelConfig o3 = tiny();
    o3.parity = Parity::o3;
    EXPECT_LT(difference(scores(fp64_model(o3), five()), scores(fp64_model(o3), mirrored)), 1e-12);
    const at::Tensor change =
        (scores(fp64_model(tiny()), five()) - scores(fp64_model(tiny()), mirrored)).abs();
    EXPECT_GT(change.min().item<double>(), 1e-6);
    EXPECT_GT(change.max().item<double>(), 1e-3);
}

TEST(AffinityModel, EnantiomersScoreDifferently) {
    Complexes complexes = five(), mirrored = five();
    for (LigandGraph& ligand : mirrored.ligands) ligand = enantiomer(ligand);
    const at::Tensor change =
        (scores(fp64_model(tiny()), complexes) - scores(fp64_model(tiny()), mirrored)).abs();
    for (std::int64_t l = 0; l < 5; ++l) {
        if (complexes.ligands[l].stereo.empty()) {
            EXPECT_EQ(change[l].item<double>(), 0);
        } else {
            EXPECT_GT(change[l].item<double>(), 1e-4);
        }
    }
}

TEST(AffinityModel, MirroredCollationReflectsPocketsAndLigandsTogether) {
    Complexes mirrored = five();
    for (PocketGraph& pocket : mirrored.pockets) pocket = reflected(pocket);
    for (LigandGraph& ligand : mirrored.ligands) ligand = enantiomer(ligand);
    const batch::CollateOptions option{.dtype = at::kDouble, .handedness = batch::Handedness::mirrored};
    EXPECT_EQ(difference(scores(fp64_model(tiny()), five(), option), scores(fp64_model(tiny()), mirrored)),
              0);
}

TEST(AffinityModel, ThePocketMattersUnlessItIsBlanked) {
    const AffinityModel model = fp64_model(tiny());
    Complexes swapped = five();
    std::swap(swapped.pockets[0], swapped.pockets[1]);
    const batch::CollateOptions blanked{.dtype = at::kDouble, .pocket_input = batch::PocketInput::blanked};
    EXPECT_GT(difference(scores(model, five()), scores(model, swapped)), 1e-3);
    EXPECT_EQ(difference(scores(model, five(), blanked), scores(model, swapped, blanked)), 0);
    EXPECT_GT(difference(scores(model, five()), scores(model, five(), blanked)), 1e-3);
}

TEST(AffinityModel, RetrievalVectorsAreUnitAndKnowTheirOwnSideOnly) {
    const AffinityModel model = fp64_model(tiny());
    const c10::NoGradGuard no_grad;
    Complexes swapped = five();
    std::swap(swapped.pockets[0], swapped.pockets[1]);
    const at::Tensor ligand = model.forward(five().collated(in(at::kDouble))).retrieval_ligand;
    EXPECT_EQ(difference(ligand, model.forward(swapped.collated(in(at::kDouble))).retrieval_ligand), 0);
    EXPECT_LT(difference(ligand.norm(2, 1), at::ones({5}, at::kDouble)), 1e-9);
    const at::Tensor pocket = model.encode_pockets(five().collated(in(at::kDouble)).pockets).retrieval;
    EXPECT_LT(difference(pocket.norm(2, 1), at::ones({3}, at::kDouble)), 1e-9);
}

TEST(AffinityModel, StartsNearItsBias) {
    for (std::uint64_t seed = 1; seed < 4; ++seed) {
        const AffinityModel model(tiny(), {.dtype = at::kDouble, .seed = seed});
        EXPECT_LT((scores(model, five()) - 6.5).abs().max().item<double>(), 3);
        model.parameters().entry(kBiasName).value.detach().fill_(4.0);
        EXPECT_LT((scores(model, five()) - 4.0).abs().max().item<double>(), 3);
    }
}

TEST(AffinityModel, DropoutFollowsItsSeedAndScoringHasNone) {
    const AffinityModel model = fp64_model(tiny());
    const c10::NoGradGuard no_grad;
    const Batch batch = five().collated(in(at::kDouble));
    const auto pk = [&](std::optional<std::uint64_t> seed) {
        return model.forward(batch, {.dropout_seed = seed}).pk;
    };
    EXPECT_EQ(difference(pk(3), pk(3)), 0);
    EXPECT_GT(difference(pk(3), pk(4)), 1e-4);
    EXPECT_EQ(difference(pk({}), pk({})), 0);
}

TEST(AffinityModel, GradientsOfAllParametersAreFiniteDifferences) {
    ModelConfig config = tiny();
    config.pocket_channels = config.ligand_channels = 4;
    config.stereo_coordinates = config.retrieval_channels = config.pair_channels = 2;
    expect_finite_difference_gradients(config);
}

/// Gradients of all parameters after one training step's forward and backward, dropout included.
at::Tensor step_gradients(const ModelConfig& config, at::ScalarType dtype) {
    const AffinityModel model(config, {.dtype = dtype, .seed = 4});
    if (config.grounding) open_eyes(model);
    const Complexes complexes = five();
    const Output o = model.forward(complexes.collated(in(dtype)), {.dropout_seed = 6});
    // Differences of the batch, both heads and the vectors, each with weights of its own.
    ((o.pk * random_tensor({5}, 80).to(dtype)).sum() + (o.log_variance - o.log_variance.mean()).pow(2).sum() +
     at::matmul(o.retrieval_pocket, o.retrieval_ligand.t()).pow(3).sum())
        .backward();
    return model.parameters().gradients().to(at::kDouble);
}

TEST(AffinityModel, AStepsGradientsByTheFusedOperationsAreThoseOfTheReference) {
    ModelConfig o3 = tiny(), plain = tiny(), full = tiny();
    o3.parity = Parity::o3;
    plain.reverse_update = false;
    // Heads and layers of `base`, channels that every kernel takes.
    full.pocket_channels = full.ligand_channels = 64;
    full.pocket_heads = full.fusion_heads = 8;
    full.pocket_layers = full.ligand_layers = 4;
    full.pair_channels = 32;
    ModelConfig grounded = tiny();
    grounded.grounding = true;
    const ops::cpu::Kernels* const atoms = ops::cpu::kernels_in_use();
    const ops::cpu::TrainingKernels* const training = ops::cpu::training_kernels();
    ASSERT_TRUE(atoms && training);
    const std::pair<const char*, ModelConfig> configs[] = {{"tiny", tiny()},
                                                           {"o3", o3},
                                                           {"no reverse update", plain},
                                                           {"full heads", full},
                                                           {"grounded", grounded}};
    for (const auto& [name, config] : configs) {
        SCOPED_TRACE(name);
        const at::Tensor fused = step_gradients(config, at::kFloat);
        ops::cpu::use_kernels(nullptr);
        ops::cpu::use_training_kernels(nullptr);
        const at::Tensor reference = step_gradients(config, at::kFloat),
                         exact = step_gradients(config, at::kDouble);
        ops::cpu::use_kernels(atoms);
        ops::cpu::use_training_kernels(training);

        EXPECT_GT(difference(fused, reference), 0) << "both ran the same operations";
        const AffinityModel layout(config, {.seed = 4});
        for (const auto& entry : layout.parameters().entries()) {
            const auto own = [&](const at::Tensor& x) { return x.narrow(0, entry.offset, entry.count); };
            const double scale = own(exact).abs().max().item<double>();
            // A parameter whose gradients nearly cancel is measured against the whole.
            const double floor = 1e-3 * exact.abs().max().item<double>();
            EXPECT_LT(difference(own(fused), own(reference)), 1e-4 * (scale + floor)) << entry.name;
            EXPECT_LT(difference(own(fused), own(exact)), 1e-4 * (scale + floor)) << entry.name;
        }
    }
}

TEST(AffinityModel, EveryParameterIsUsed) {
    const AffinityModel model = grounded_model();
    open_eyes(model);
    remember(model, {five().pockets[0]});
    const Batch full = five().collated(in(at::kDouble)),
                blank = five().collated({.dtype = at::kDouble, .pocket_input = batch::PocketInput::blanked});
    const EncodedPockets encoded = model.encode_pockets(full.pockets);
    const Output o = model.forward(encoded, full.ligands, kEverything);
    (o.pk.sum() + o.log_variance.sum() + o.distance_logits.pow(2).sum() + o.retrieval_ligand.pow(3).sum() +
     encoded.retrieval.pow(3).sum() + model.forward(blank).pk.sum() +
     model.intra_distance_logits(o.ligand_atom, index_of({0, 1, 4}), index_of({2, 5, 5})).pow(2).sum())
        .backward();
    for (const auto& entry : model.parameters().entries())
        if (entry.name != kMemoryKeyName)
            EXPECT_GT(entry.value.grad().abs().max().item<double>(), 0) << entry.name;
}

TEST(AffinityModel, RefusesAPocketThatIsNotThereAndAnEmptyBatch) {
    const AffinityModel model = fp64_model(tiny());
    Batch batch = five().collated(in(at::kDouble));
    const EncodedPockets encoded = model.encode_pockets(batch.pockets);
    batch.ligands.pocket_of_ligand[1] = 3;
    EXPECT_THROW(model.forward(encoded, batch.ligands), Error);
    EXPECT_THROW(model.forward(encoded, batch::collate_ligands({}, {}, in(at::kDouble))), Error);
}

double pearson(const at::Tensor& a, const at::Tensor& b) {
    const at::Tensor x = a - a.mean(), y = b - b.mean();
    return ((x * y).sum() / (x.norm() * y.norm())).item<double>();
}

TEST(AffinityModel, LearnsSixteenComplexesByHeart) {
    // Arrange: 4 pockets, 4 ligands that meet all of them, so neither side alone explains the labels.
    Complexes complexes;
    for (int p = 0; p < 4; ++p) complexes.pockets.push_back(random_pocket(10 + p, 40));
    for (int k = 0; k < 16; ++k) {
        complexes.ligands.push_back(random_ligand(30 + k % 4, 10 + k % 4));
        complexes.pocket_of_ligand.push_back(k / 4);
    }
    const at::Tensor label = 6.5 + 1.5 * random_tensor({16}, 77).to(at::kFloat);
    const AffinityModel model(tiny(), {.seed = 5});
    const Batch batch = complexes.collated();
    at::Tensor value = model.parameters().values(), gradient = model.parameters().gradients();
    at::Tensor first = at::zeros_like(value), second = at::zeros_like(value);
    // Act: Adam
    for (int step = 1; step <= 150; ++step) {
        (model.forward(batch).pk - label).square().mean().backward();
        first.mul_(0.9).add_(gradient, 0.1);
        second.mul_(0.99).addcmul_(gradient, gradient, 0.01);
        const double rate = 1e-2 * (1 - step / 160.0) / (1 - std::pow(0.9, step));
        value.addcdiv_(first, (second / (1 - std::pow(0.99, step))).sqrt().add_(1e-8), -rate);
        model.parameters().zero_gradients();
    }
    // Assert
    const c10::NoGradGuard no_grad;
    EXPECT_GT(pearson(model.forward(batch).pk, label), 0.99);
}

}  // namespace
}  // namespace keyway::model
