/// The ligand encoder on graphs made by hand.
#include "keyway/nn/ligand_encoder.hpp"

#include "support/tensors.hpp"

#include <gtest/gtest.h>

namespace keyway::nn {
namespace {

using namespace testing;

// A star: atom 0 with three neighbours; `atoms` in all, the others lonely.
LigandInput star(std::int64_t atoms, double sign) {
    std::vector<std::int64_t> sizes(atoms, 0);
    sizes[0] = 3, sizes[1] = sizes[2] = sizes[3] = 1;
    return {.feature_row = at::arange(atoms).remainder(5).view({atoms, 1}),
            .atoms_of_ligand = csr_of({atoms}),
            .bonds = {csr_of(sizes), index_of({1, 2, 3, 0, 0, 0}), index_of({0, 1, 2, 0, 1, 2})},
            .stereo = {index_of({0}), index_of({1, 2, 3, -1}).view({1, 4}),
                       at::tensor(std::vector<double>{sign})}};
}

TEST(LigandEncoder, MirrorImagesDifferAtTheCentreAndItsSurroundings) {
    Parameters parameters;
    const LigandEncoder encoder(
        Scope(parameters),
        {.feature_rows = 5, .bond_types = 3, .channels = 8, .stereo_coordinates = 4, .layers = 2});
    parameters.allocate({.dtype = at::kDouble});
    Dropout none;
    const at::Tensor left = encoder(star(4, -1), none), right = encoder(star(4, 1), none);
    EXPECT_GT(difference(left[0], right[0]), 1e-2);
    EXPECT_GT(difference(left[1], right[1]), 1e-4);
}

TEST(LigandEncoder, TheVirtualNodeReachesAtomsWithoutBonds) {
    Parameters parameters;
    const LigandEncoder encoder(
        Scope(parameters),
        {.feature_rows = 5, .bond_types = 3, .channels = 8, .stereo_coordinates = 4, .layers = 2});
    parameters.allocate({.dtype = at::kDouble});
    Dropout none;
    LigandInput changed = star(5, 1);
    changed.feature_row = changed.feature_row.clone();
    changed.feature_row[1] = 3;
    EXPECT_GT(difference(encoder(star(5, 1), none)[4], encoder(changed, none)[4]), 1e-4);
}

TEST(GineLayer, GradientsAreFiniteDifferences) {
    Parameters parameters;
    const GineLayer layer(Scope(parameters), {.channels = 4, .bond_types = 3, .stereo_coordinates = 2});
    parameters.allocate({.dtype = at::kDouble});
    const LigandInput graph = star(5, 1);
    Dropout none;
    const auto function = [&](const std::vector<at::Tensor>& x) {
        return std::vector<at::Tensor>{layer(x[0], graph, x[1], none)};
    };
    EXPECT_LT(gradient_error(function, {random_tensor({5, 4}, 1), random_tensor({5, 4}, 2)}), 1e-7);
}

}  // namespace
}  // namespace keyway::nn
