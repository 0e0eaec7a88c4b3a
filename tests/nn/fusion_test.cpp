/// Fusion: dense and per-ligand layouts agree, the reverse update does something, ligands do not see each
/// other.
#include "keyway/nn/fusion.hpp"

#include "support/tensors.hpp"

#include <gtest/gtest.h>

namespace keyway::nn {
namespace {

using namespace testing;

LigandInput chains(const std::vector<std::int64_t>& sizes) {
    std::vector<std::int64_t> bonds_of_atom, sender, type;
    std::int64_t first = 0;
    for (const std::int64_t size : sizes) {
        for (std::int64_t a = 0; a < size; ++a) {
            bonds_of_atom.push_back(0);
            for (const std::int64_t b : {a - 1, a + 1})
                if (b >= 0 && b < size)
                    ++bonds_of_atom.back(), sender.push_back(first + b), type.push_back(0);
        }
        first += size;
    }
    return {.atoms_of_ligand = csr_of(sizes),
            .bonds = {csr_of(bonds_of_atom), index_of(sender), index_of(type)},
            .stereo = {at::zeros({0}, at::kLong), at::zeros({0, 4}, at::kLong), at::zeros({0}, at::kDouble)}};
}

struct FusionCase {
    explicit FusionCase(bool reverse)
        : fusion(Scope(parameters), {.token_channels = 6,
                                     .channels = 8,
                                     .heads = 2,
                                     .bond_types = 1,
                                     .stereo_coordinates = 2,
                                     .layers = 3,
                                     .reverse_update = reverse}) {
        parameters.allocate({.dtype = at::kDouble, .seed = 2});
    }
    at::Tensor run(const Pairing& pairing) const {
        Dropout none;
        return fusion(h, fusion.project(token), graph, pairing, none);
    }
    ops::PairOffsets offsets{.atom_ptr = {0, 4, 5, 12}, .token_ptr = {0, 9}, .pocket_of_ligand = {0, 0, 0}};
    at::Tensor h = random_tensor({12, 8}, 1), token = random_tensor({9, 6}, 2);
    LigandInput graph = chains({4, 1, 7});
    Parameters parameters;
    Fusion fusion;
};

TEST(Fusion, OneDenseBlockAndPaddedBlocksAgree) {
    for (const bool reverse : {true, false}) {
        const FusionCase setup(reverse);
        Pairing dense(setup.offsets, at::kCPU), padded(setup.offsets, at::kCPU);
        padded.dense = padded.by_ligand;
        ASSERT_EQ(dense.dense.blocks(), 1);
        ASSERT_EQ(padded.dense.blocks(), 3);
        EXPECT_LT(difference(setup.run(dense), setup.run(padded)), 1e-12);
    }
}

TEST(Fusion, ALigandDoesNotSeeItsNeighbours) {
    const FusionCase setup(true);
    FusionCase changed(true);
    changed.h = setup.h.clone();
    changed.h.narrow(0, 5, 7).mul_(-3);  // the third ligand
    const Pairing pairing(setup.offsets, at::kCPU);
    const at::Tensor change = (setup.run(pairing) - changed.run(pairing)).abs();
    EXPECT_LT(change.narrow(0, 0, 5).max().item<double>(), 1e-13);
    EXPECT_GT(change.narrow(0, 5, 7).max().item<double>(), 0.1);
}

TEST(Fusion, TheLigandsAnswerChangesWhatItSees) {
    FusionCase setup(true);
    const Pairing pairing(setup.offsets, at::kCPU);
    const at::Tensor before = setup.run(pairing);
    for (const auto& entry : setup.parameters.entries())
        if (entry.name.find("reverse.value") != std::string::npos) at::Tensor(entry.value.detach()).zero_();
    EXPECT_GT(difference(before, setup.run(pairing)), 1e-3);
}

}  // namespace
}  // namespace keyway::nn
