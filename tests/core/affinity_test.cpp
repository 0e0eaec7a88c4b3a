/// Units and relations of affinities.
#include "keyway/core/affinity.hpp"

#include "keyway/core/error.hpp"

#include <gtest/gtest.h>

namespace keyway {
namespace {

TEST(Affinity, ConcentrationsOfEveryUnitGiveTheSamePk) {
    EXPECT_DOUBLE_EQ(pk_from_concentration(1e-7, "M"), 7.0);
    EXPECT_NEAR(pk_from_concentration(1e-4, "mM"), 7.0, 1e-12);
    EXPECT_NEAR(pk_from_concentration(0.1, "uM"), 7.0, 1e-12);
    EXPECT_NEAR(pk_from_concentration(0.1, "\xC2\xB5M"), 7.0, 1e-12);  // micro sign
    EXPECT_NEAR(pk_from_concentration(0.1, "\xCE\xBCM"), 7.0, 1e-12);  // Greek mu
    EXPECT_NEAR(pk_from_concentration(100, "nM"), 7.0, 1e-12);
    EXPECT_NEAR(pk_from_concentration(100, "nmol/L"), 7.0, 1e-12);
    EXPECT_NEAR(pk_from_concentration(1e5, "pM"), 7.0, 1e-12);
    EXPECT_NEAR(pk_from_concentration(1e8, "fM"), 7.0, 1e-12);
}

TEST(Affinity, UnknownUnitsAndImpossibleValuesAreRefused) {
    EXPECT_THROW(pk_from_concentration(1, "MM"), Error);
    EXPECT_THROW(pk_from_concentration(1, ""), Error);
    EXPECT_THROW(pk_from_concentration(0, "nM"), Error);
    EXPECT_THROW(pk_from_concentration(-1, "nM"), Error);
    EXPECT_THROW(pk_from_concentration(100, "M"), Error);    // pK -2
    EXPECT_THROW(pk_from_concentration(1e-3, "fM"), Error);  // pK 18
}

TEST(Affinity, AWeakerThanConcentrationIsASmallerThanPk) {
    EXPECT_EQ(flipped(parse_relation(">")), Relation::less);
    EXPECT_EQ(flipped(parse_relation("<=")), Relation::greater);
    EXPECT_EQ(flipped(parse_relation("~")), Relation::approximate);
    EXPECT_THROW(parse_relation("=>"), Error);
}

TEST(Affinity, NamesAreReadBack) {
    for (const auto relation : {Relation::equal, Relation::less, Relation::greater, Relation::approximate})
        EXPECT_EQ(parse_relation(to_string(relation)), relation);
    for (const auto measure :
         {Measure::unstated, Measure::kd, Measure::ki, Measure::ic50, Measure::ec50, Measure::mixed})
        EXPECT_EQ(parse_measure(to_string(measure)), measure);
    EXPECT_EQ(parse_measure("dG"), Measure::unstated);
    EXPECT_THROW(parse_measure("KD50"), Error);
}

TEST(Affinity, FreeEnergyAndDissociationConstantFollowFromPk) {
    EXPECT_NEAR(dg_kcal_mol_from_pk(9.0), -12.278, 1e-3);
    EXPECT_NEAR(kd_nm_from_pk(9.0), 1.0, 1e-12);
}

}  // namespace
}  // namespace keyway
