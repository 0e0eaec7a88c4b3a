/// What grounding promises: nothing at the start, anchors that lie in space as the pocket does, honest
/// gradients.
#include "model/complexes.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace keyway::model {
namespace {

TEST(GroundedModel, FreshScoresAreThoseOfTheUngroundedModelAndDistancesChangeThem) {
    const AffinityModel grounded = grounded_model();
    const at::Tensor plain = scores(fp64_model(tiny()), five());
    EXPECT_EQ(difference(scores(grounded, five()), plain), 0);
    open_eyes(grounded);
    EXPECT_GT(difference(scores(grounded, five()), plain), 1e-3);
}

TEST(GroundedModel, AnchorsTurnAndMoveWithThePocket) {
    const AffinityModel model = grounded_model();
    const c10::NoGradGuard no_grad;
    Batch batch = five().collated(in(at::kDouble));
    const at::Tensor here = batch.pockets.position_in_pocket, r = random_rotation(7);
    const at::Tensor anchor = model.forward(batch).anchor;
    batch.pockets.position_in_pocket = here.matmul(r.t()) + 10;
    EXPECT_LT(difference(model.forward(batch).anchor, anchor.matmul(r.t()) + 10), 1e-11);
    EXPECT_EQ(anchor.sizes().vec(), (std::vector<std::int64_t>{20 + 1 + 31 + 8 + 12, 3}));
}

TEST(GroundedModel, AMirroredPocketMirrorsAnchorsInO3ModeAndIsAnotherInSo3Mode) {
    Complexes mirrored = five();
    for (PocketGraph& pocket : mirrored.pockets) pocket = reflected(pocket);
    const c10::NoGradGuard no_grad;
    for (const Parity parity : {Parity::o3, Parity::so3}) {
        ModelConfig config = grounded_tiny();
        config.parity = parity;
        const AffinityModel model = grounded_model(config);
        open_eyes(model);
        const Output a = model.forward(five().collated(in(at::kDouble))),
                     b = model.forward(mirrored.collated(in(at::kDouble)));
        const double anchors = difference(b.anchor, a.anchor.matmul(reflection())),
                     pk = difference(a.pk, b.pk);
        if (parity == Parity::o3) {
            EXPECT_LT(anchors, 1e-12);
            EXPECT_LT(pk, 1e-12);
        } else {
            EXPECT_GT(anchors, 1e-3);
            EXPECT_GT(pk, 1e-3);
        }
    }
}

TEST(GroundedModel, AnchorsFollowTheirAtomsAndAreTheSameAlone) {
    const AffinityModel model = grounded_model();
    const c10::NoGradGuard no_grad;
    Complexes complexes = five();
    const at::Tensor together = model.forward(complexes.collated(in(at::kDouble))).anchor;
    std::vector<int> order(complexes.ligands[0].atoms());
    std::iota(order.begin(), order.end(), 0);
    Random(6).shuffle(order);
    const Complexes alone{{complexes.pockets[0]}, {renumbered(complexes.ligands[0], order)}, {0}};
    const at::Tensor own = model.forward(alone.collated(in(at::kDouble))).anchor;
    double forth = 0, back = 0;  // whichever way `renumbered` counts
    for (std::size_t k = 0; k < order.size(); ++k) {
        const auto at_k = static_cast<std::int64_t>(k);
        forth = std::max(forth, difference(own[at_k], together[order[k]]));
        back = std::max(back, difference(own[order[k]], together[at_k]));
    }
    EXPECT_LT(std::min(forth, back), 1e-12);
}

TEST(GroundedModel, ABlankedPocketHasNoAnchorsAndScoresAsWithoutGrounding) {
    const AffinityModel model = grounded_model();
    open_eyes(model);
    const batch::CollateOptions blanked{.dtype = at::kDouble, .pocket_input = batch::PocketInput::blanked};
    EXPECT_FALSE(model.forward(five().collated(blanked)).anchor.defined());
    EXPECT_EQ(difference(scores(model, five(), blanked), scores(fp64_model(tiny()), five(), blanked)), 0);
}

TEST(GroundedModel, DistanceBinsOfSomeLigandsAreThoseOfAll) {
    const AffinityModel model = fp64_model(tiny());
    const c10::NoGradGuard no_grad;
    const Batch batch = five().collated(in(at::kDouble));
    const Output all = model.forward(batch, kEverything);
    const std::vector<std::int64_t> some = {3, 1};
    const at::Tensor own = model.forward(batch, {.distance_ligands = some}).distance_logits;
    const auto of = [&](std::int64_t l) {
        return all.distance_logits.narrow(0, all.pair_ptr[l], all.pair_ptr[l + 1] - all.pair_ptr[l]);
    };
    EXPECT_LT(difference(own, at::cat({of(3), of(1)})), 1e-13);
}

TEST(GroundedModel, GradientsOfAllParametersAreFiniteDifferences) {
    ModelConfig config = grounded_tiny();
    config.pocket_channels = 4, config.pocket_layers = config.ligand_layers = 1;
    config.ligand_channels = 6, config.fusion_heads = 1, config.fusion_layers = 2;
    config.stereo_coordinates = config.retrieval_channels = config.pair_channels = 2;
    expect_finite_difference_gradients(config);
}

}  // namespace
}  // namespace keyway::model
