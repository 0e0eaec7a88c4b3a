/// Ligands as tensors.
#include "support/synthetic.hpp"
#include "support/tensors.hpp"

#include "keyway/batch/batch.hpp"
#include "keyway/core/error.hpp"

#include <gtest/gtest.h>

namespace keyway::batch {
namespace {

using namespace testing;

LigandBatch collated(const std::vector<LigandGraph>& ligands, const CollateOptions& options = {}) {
    std::vector<const LigandGraph*> pointers;
    for (const LigandGraph& ligand : ligands) pointers.push_back(&ligand);
    const std::vector<int> pockets(ligands.size(), 0);
    return collate_ligands(pointers, pockets, options);
}

TEST(CollateLigands, EveryBondAppearsInBothDirectionsWithItsType) {
    LigandGraph ligand = random_ligand(1, 4);
    ligand.bonds = {{2, 0}, {1, 2}, {3, 2}};
    ligand.bond_types = {5, 7, 9};
    const LigandBatch batch = collated({ligand});
    EXPECT_TRUE(at::equal(batch.bond_receiver, index_of({0, 1, 2, 2, 2, 3})));
    EXPECT_TRUE(at::equal(batch.bond_sender, index_of({2, 2, 0, 1, 3, 2})));
    EXPECT_TRUE(at::equal(batch.bond_type, index_of({5, 7, 5, 7, 9, 9})));
    EXPECT_TRUE(at::equal(batch.bond_ptr, index_of({0, 1, 2, 5, 6})));
}

TEST(CollateLigands, StandsLigandsEndToEnd) {
    const std::vector<LigandGraph> ligands = {random_ligand(2, 10), random_ligand(3, 1),
                                              random_ligand(4, 12)};
    const LigandBatch all = collated(ligands), last = collated({ligands[2]});
    EXPECT_EQ(all.atom_ptr, (std::vector<std::int64_t>{0, 10, 11, 23}));
    const std::int64_t bonds = last.bond_sender.size(0), centres = last.stereo_atom.size(0);
    EXPECT_TRUE(
        at::equal(all.bond_sender.narrow(0, all.bond_sender.size(0) - bonds, bonds), last.bond_sender + 11));
    EXPECT_TRUE(at::equal(all.stereo_atom.narrow(0, all.stereo_atom.size(0) - centres, centres),
                          last.stereo_atom + 11));
    const at::Tensor own = last.stereo_neighbour, shifted = all.stereo_neighbour.narrow(
                                                      0, all.stereo_neighbour.size(0) - centres, centres);
    EXPECT_TRUE(at::equal(shifted, at::where(own < 0, own, own + 11)));
    EXPECT_EQ(all.ligand_of_atom.sum().item<std::int64_t>(), 1 + 12 * 2);
}

TEST(CollateLigands, FingerprintsStandEndToEndToo) {
    LigandGraph first = random_ligand(2, 10), none = random_ligand(3, 1), last = random_ligand(4, 12);
    first.fingerprint = {3, 2047};
    none.fingerprint = {};
    last.fingerprint = {0, 3, 9};
    const LigandBatch batch = collated({first, none, last});
    EXPECT_TRUE(at::equal(batch.bit, index_of({3, 2047, 0, 3, 9})));
    EXPECT_TRUE(at::equal(batch.bit_ptr, index_of({0, 2, 2, 5})));
    EXPECT_TRUE(at::equal(batch.ligand_of_bit, index_of({0, 0, 2, 2, 2})));
}

TEST(CollateLigands, AMirroredBatchHoldsEnantiomers) {
    const LigandGraph ligand = random_ligand(5, 20);
    ASSERT_FALSE(ligand.stereo.empty());
    const LigandBatch mirrored = collated({ligand}, {.handedness = Handedness::mirrored});
    EXPECT_TRUE(at::equal(mirrored.stereo_sign, collated({enantiomer(ligand)}).stereo_sign));
    EXPECT_TRUE(at::equal(mirrored.stereo_sign, -collated({ligand}).stereo_sign));
}

TEST(CollateLigands, OneAtomWithoutBondsIsALigand) {
    const LigandBatch batch = collated({random_ligand(6, 1)});
    EXPECT_EQ(batch.bond_sender.size(0), 0);
    EXPECT_EQ(batch.stereo_neighbour.sizes().vec(), (std::vector<std::int64_t>{0, 4}));
}

TEST(CollateLigands, ALigandWithoutAtomsIsAnInputError) {
    LigandGraph ligand;
    ligand.id = "empty";
    try {
        collated({ligand});
        FAIL() << "accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::input);
    }
}

TEST(Collate, APocketThatIsNotThereIsRefused) {
    const PocketGraph pocket = random_pocket(7, 20);
    const LigandGraph ligand = random_ligand(7, 5);
    const PocketGraph* pockets[] = {&pocket};
    const LigandGraph* ligands[] = {&ligand};
    const int wrong[] = {1};
    EXPECT_THROW(collate(pockets, ligands, wrong, {}), Error);
}

}  // namespace
}  // namespace keyway::batch
