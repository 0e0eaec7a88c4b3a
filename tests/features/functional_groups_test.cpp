/// Donors, acceptors, acids and bases of groups that every chemist knows; one digit for each heavy atom.
#include "ligand_support.hpp"

namespace keyway::features {
namespace {

using testing::flags;
using testing::graph_of;

TEST(FunctionalGroupsTest, DonorsCarryHydrogen) {
    EXPECT_EQ(flags(graph_of("CC(=O)N"), "donor"), "0001");
    EXPECT_EQ(flags(graph_of("CO"), "donor"), "01");
    EXPECT_EQ(flags(graph_of("CS"), "donor"), "01");
    EXPECT_EQ(flags(graph_of("COC"), "donor"), "000");
    EXPECT_EQ(flags(graph_of("c1cc[nH]c1"), "donor"), "00010");
    EXPECT_EQ(flags(graph_of("CN(C)C"), "donor"), "0000");
}

TEST(FunctionalGroupsTest, AcceptorsHaveAFreeLonePair) {
    EXPECT_EQ(flags(graph_of("CC(=O)N"), "acceptor"), "0010") << "amide: oxygen, not nitrogen";
    EXPECT_EQ(flags(graph_of("CN"), "acceptor"), "01");
    EXPECT_EQ(flags(graph_of("Nc1ccccc1"), "acceptor"), "0000000") << "aniline";
    EXPECT_EQ(flags(graph_of("c1ccncc1"), "acceptor"), "000100");
    EXPECT_EQ(flags(graph_of("c1cc[nH]c1"), "acceptor"), "00000");
    EXPECT_EQ(flags(graph_of("Cn1ccnc1"), "acceptor"), "000010");
    EXPECT_EQ(flags(graph_of("CC#N"), "acceptor"), "001");
    EXPECT_EQ(flags(graph_of("CC=NC"), "acceptor"), "0010");
    EXPECT_EQ(flags(graph_of("COC"), "acceptor"), "010");
    EXPECT_EQ(flags(graph_of("CSC"), "acceptor"), "010");
    EXPECT_EQ(flags(graph_of("CS(C)(=O)=O"), "acceptor"), "00011");
    EXPECT_EQ(flags(graph_of("c1ccsc1"), "acceptor"), "00000");
    EXPECT_EQ(flags(graph_of("C[N+](C)(C)C"), "acceptor"), "00000");
    EXPECT_EQ(flags(graph_of("CF"), "acceptor"), "00");
}

TEST(FunctionalGroupsTest, AcidsAreMarkedOnTheAtomsThatShareTheProton) {
    EXPECT_EQ(flags(graph_of("CC(=O)O"), "acid"), "0011");
    EXPECT_EQ(flags(graph_of("CC(=O)OC"), "acid"), "00000");
    EXPECT_EQ(flags(graph_of("CO"), "acid"), "00");
    EXPECT_EQ(flags(graph_of("CS(=O)(=O)O"), "acid"), "00111");
    EXPECT_EQ(flags(graph_of("CS(=O)(=O)N"), "acid"), "00000");
    EXPECT_EQ(flags(graph_of("COP(=O)(O)O"), "acid"), "000111");
    EXPECT_EQ(flags(graph_of("Cc1nn[nH]n1"), "acid"), "001111");
    EXPECT_EQ(flags(graph_of("Cc1nnn(C)n1"), "acid"), "0000000");
    EXPECT_EQ(flags(graph_of("CC(=O)NS(C)(=O)=O"), "acid"), "00010000");
}

TEST(FunctionalGroupsTest, BasesAreAminesAmidinesAndGuanidines) {
    EXPECT_EQ(flags(graph_of("CN"), "base"), "01");
    EXPECT_EQ(flags(graph_of("C1CCNCC1"), "base"), "000100");
    EXPECT_EQ(flags(graph_of("CN(C)C"), "base"), "0100");
    EXPECT_EQ(flags(graph_of("CC(=O)N"), "base"), "0000");
    EXPECT_EQ(flags(graph_of("Nc1ccccc1"), "base"), "0000000");
    EXPECT_EQ(flags(graph_of("CS(=O)(=O)N"), "base"), "00000");
    EXPECT_EQ(flags(graph_of("CC(=N)N"), "base"), "0011");
    EXPECT_EQ(flags(graph_of("CNC(=N)N"), "base"), "01011");
    EXPECT_EQ(flags(graph_of("N#CN=C(N)N"), "base"), "000000") << "cyanoguanidine is neutral";
    EXPECT_EQ(flags(graph_of("CC(=O)N=C(N)N"), "base"), "0000000") << "acylguanidine is weak";
    EXPECT_EQ(flags(graph_of("C[N+](C)(C)C"), "base"), "00000") << "a permanent charge is no base";
    EXPECT_EQ(flags(graph_of("c1ccncc1"), "base"), "000000");
}

TEST(FunctionalGroupsTest, RolesOfAGroupAreTheSameChargedAndNeutral) {
    chem::LigandOptions as_written;
    as_written.neutralise = false;
    for (const auto& [charged, neutral] :
         {std::pair{"CC(=O)[O-]", "CC(=O)O"}, std::pair{"C[NH3+]", "CN"},
          std::pair{"CNC(=[NH2+])N", "CNC(=N)N"}, std::pair{"Cc1nn[n-]n1", "Cc1nn[nH]n1"},
          std::pair{"CC(=O)[N-]S(C)(=O)=O", "CC(=O)NS(C)(=O)=O"}})
        for (const auto* role : {"acid", "base"})
            EXPECT_EQ(flags(graph_of(charged, as_written), role), flags(graph_of(neutral), role)) << charged;
}

}  // namespace
}  // namespace keyway::features
