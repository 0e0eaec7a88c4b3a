/// Loss terms against sums done by hand.
#include "model/losses.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace keyway::model {
namespace {

using Row = TrainBatch::Row;

at::Tensor numbers(std::vector<double> values) {
    return at::tensor(values, at::kDouble).set_requires_grad(true);
}

Row row(float pk, Relation relation, int assay = 0, float weight = 1) {
    return {.pk = pk, .relation = relation, .assay = assay, .weight = weight};
}

double value(const at::Tensor& loss) { return loss.item<double>(); }

std::vector<double> gradient(const at::Tensor& loss, const at::Tensor& of) {
    loss.backward();
    if (!of.grad().defined()) return std::vector<double>(of.numel(), 0.0);
    const double* begin = of.grad().data_ptr<double>();
    return {begin, begin + of.numel()};
}

TEST(AbsoluteLoss, IsQuadraticInsideDeltaAndLinearOutside) {
    const std::vector<Row> rows = {row(6, Relation::equal), row(6, Relation::approximate)};

    // 0.4^2 / 2 = 0.08; 1 * (2 - 0.5) = 1.5
    EXPECT_NEAR(value(absolute_loss(numbers({6.4, 4.0}), rows, 1.0)), (0.08 + 1.5) / 2, 1e-7);
    // delta 0.5: 0.08; 0.5 * (2 - 0.25) = 0.875
    EXPECT_NEAR(value(absolute_loss(numbers({6.4, 4.0}), rows, 0.5)), (0.08 + 0.875) / 2, 1e-7);
}

TEST(AbsoluteLoss, CensoredRowsCostOnOneSideOnly) {
    const std::vector<Row> less = {row(5, Relation::less)}, greater = {row(9, Relation::greater)};

    EXPECT_EQ(value(absolute_loss(numbers({4.0}), less, 1.0)),
              0);  // true pK <= 5, predicted 4: no contradiction
    EXPECT_NEAR(value(absolute_loss(numbers({5.5}), less, 1.0)), 0.125, 1e-7);
    EXPECT_EQ(value(absolute_loss(numbers({10.0}), greater, 1.0)), 0);
    EXPECT_NEAR(value(absolute_loss(numbers({8.5}), greater, 1.0)), 0.125, 1e-7);

    const at::Tensor pk = numbers({4.0, 5.5});
    const auto slope = gradient(absolute_loss(pk, std::vector<Row>{less[0], less[0]}, 1.0), pk);
    EXPECT_EQ(slope[0], 0);
    EXPECT_NEAR(slope[1], 0.25, 1e-7);
}

TEST(AbsoluteLoss, IsAWeightedMean) {
    const std::vector<Row> one = {row(6, Relation::equal, 0, 3), row(7, Relation::equal, 0, 1)};
    const double mean = (3 * 0.5 * 0.5 * 0.5 + 1 * 0.5 * 0.2 * 0.2) / 4;

    EXPECT_NEAR(value(absolute_loss(numbers({6.5, 7.2}), one, 1.0)), mean, 1e-6);

    const std::vector<Row> twice = {one[0], one[1], one[0], one[1]};
    EXPECT_NEAR(value(absolute_loss(numbers({6.5, 7.2, 6.5, 7.2}), twice, 1.0)), mean, 1e-6);
}

TEST(AbsoluteLoss, AFreeOffsetTakesOutTheAssaysWeightedMeanResidual) {
    const auto shifted = [](float pk, Relation relation, int assay, float weight) {
        Row out = row(pk, relation, assay, weight);
        out.free_offset = true;
        return out;
    };
    // Assay 0: residuals 1.0, 0.4 with weights 1, 2: c = 0.6. Assay 1 is compared as it is. Assay 2: one row.
    const std::vector<Row> rows = {shifted(6, Relation::equal, 0, 1), shifted(7, Relation::equal, 0, 2),
                                   row(5, Relation::equal, 1), shifted(8, Relation::equal, 2, 1),
                                   shifted(6, Relation::less, 0, 1)};
    const at::Tensor pk = numbers({7.0, 7.4, 5.5, 4.0, 6.7});
    const at::Tensor loss = absolute_loss(pk, rows, 1.0);

    // The bound is moved by the same 0.6 and does not define it: 6.7 is 0.1 above 6 + 0.6.
    const double sum = 0.5 * (0.4 * 0.4 + 2 * 0.2 * 0.2 + 0.5 * 0.5 + 0.1 * 0.1);
    EXPECT_NEAR(value(loss), sum / 6, 1e-6);

    const auto slope = gradient(loss, pk);
    EXPECT_NEAR(slope[0] + slope[1] + slope[4], 0, 1e-7) << "the level of an assay is free";
    EXPECT_NEAR(slope[2], 0.5 / 6, 1e-7);
    EXPECT_EQ(slope[3], 0);

    const at::Tensor moved = numbers({17.0, 17.4, 5.5, 4.0, 16.7});
    EXPECT_NEAR(value(absolute_loss(moved, rows, 1.0)), sum / 6, 1e-5);
}

TEST(AbsoluteLoss, RowsWithoutWeightGiveZeroAndNoGradient) {
    const std::vector<Row> rows = {row(6, Relation::equal, 0, 0)};
    const at::Tensor pk = numbers({9.0});
    const at::Tensor loss = absolute_loss(pk, rows, 1.0);

    EXPECT_EQ(value(loss), 0);
    EXPECT_EQ(gradient(loss, pk)[0], 0);
}

TEST(PairwiseLoss, ComparesDifferencesInsideAnAssayOnly) {
    // Assay 0: observed difference 7 - 6 = 1, predicted 8 - 6.5 = 1.5: 0.5^2 / 2. Assay 1 has one row.
    const std::vector<Row> rows = {row(7, Relation::equal, 0), row(2, Relation::equal, 1),
                                   row(6, Relation::equal, 0)};

    EXPECT_NEAR(value(pairwise_loss(numbers({8.0, 5.0, 6.5}), rows, 1.0)), 0.125, 1e-7);
}

TEST(PairwiseLoss, DoesNotSeeAConstantOffsetOfAnAssay) {
    const std::vector<Row> rows = {row(7, Relation::equal), row(6, Relation::equal),
                                   row(5.5f, Relation::equal)};

    EXPECT_NEAR(value(pairwise_loss(numbers({17, 16, 15.5}), rows, 1.0)), 0, 1e-12);
}

TEST(PairwiseLoss, WeighsAnAssayByItsRows) {
    // Assay 0, three rows, every pair off by 0.2: three pairs of weight 1/2. Assay 1, two rows, off by 0.6:
    // one of 1.
    const std::vector<Row> rows = {row(6, Relation::equal, 0), row(6, Relation::equal, 0),
                                   row(6, Relation::equal, 0), row(5, Relation::equal, 1),
                                   row(5, Relation::equal, 1)};
    const double assay0 = (0.02 + 0.02 + 0.08) / 2, assay1 = 0.18;  // differences 0.2, 0.2, 0.4; 0.6

    EXPECT_NEAR(value(pairwise_loss(numbers({6.0, 6.2, 6.4, 5.0, 5.6}), rows, 1.0)), (assay0 + assay1) / 2.5,
                1e-6);
}

TEST(PairwiseLoss, WeighsAPairByTheGeometricMeanOfItsRows) {
    const std::vector<Row> rows = {row(6, Relation::equal, 0, 4), row(6, Relation::equal, 0, 1),
                                   row(6, Relation::equal, 1, 1), row(6, Relation::equal, 1, 1)};

    // Weights 2 and 1; differences 0.2 and 0.4.
    EXPECT_NEAR(value(pairwise_loss(numbers({6.2, 6.0, 6.4, 6.0}), rows, 1.0)), (2 * 0.02 + 1 * 0.08) / 3,
                1e-6);
}

TEST(PairwiseLoss, CensoredPairsCountWhereTheSignIsCertain) {
    const auto loss = [](Row a, Row b, double predicted_a, double predicted_b) {
        return value(pairwise_loss(numbers({predicted_a, predicted_b}), std::vector<Row>{a, b}, 1.0));
    };
    const Row weak = row(5, Relation::less), strong = row(9, Relation::greater),
              seven = row(7, Relation::equal), four = row(4, Relation::equal);

    // weak - seven <= -2: a larger gap is right, a smaller one costs.
    EXPECT_EQ(loss(weak, seven, 3, 8), 0);
    EXPECT_NEAR(loss(weak, seven, 6, 7.5), 0.125, 1e-7);
    EXPECT_NEAR(loss(seven, weak, 7.5, 6), 0.125, 1e-7);
    // strong - seven >= 2.
    EXPECT_EQ(loss(strong, seven, 12, 7), 0);
    EXPECT_NEAR(loss(strong, seven, 8.5, 7), 0.125, 1e-7);
    // strong - weak >= 4.
    EXPECT_EQ(loss(strong, weak, 10, 5), 0);
    EXPECT_NEAR(loss(weak, strong, 5, 8.5), 0.125, 1e-7);
    // at most 5 against 4: either may be tighter.
    EXPECT_EQ(loss(weak, four, 9, 4), 0);
    EXPECT_EQ(loss(weak, four, 1, 4), 0);
    // two bounds of one kind say nothing.
    EXPECT_EQ(loss(weak, row(8, Relation::less), 9, 1), 0);
    EXPECT_EQ(loss(strong, row(6, Relation::greater), 1, 9), 0);
}

TEST(PairwiseLoss, WithoutPairsIsZero) {
    const at::Tensor pk = numbers({1.0});

    EXPECT_EQ(value(pairwise_loss(pk, std::vector<Row>{row(9, Relation::equal)}, 1.0)), 0);
}

TEST(VarianceLoss, IsTheGaussianLikelihoodWithoutGradientAtTheMean) {
    const std::vector<Row> rows = {row(6, Relation::equal), row(6, Relation::less)};
    const at::Tensor pk = numbers({7.0, 9.0}), log_variance = numbers({0.5, -1.0});
    const at::Tensor loss = variance_loss(pk, log_variance, rows);

    EXPECT_NEAR(value(loss), 0.5 * (0.5 + std::exp(-0.5)), 1e-7);  // the censored row does not count
    const auto slope = gradient(loss, log_variance);
    EXPECT_NEAR(slope[0], 0.5 * (1 - std::exp(-0.5)), 1e-7);
    EXPECT_EQ(slope[1], 0);
    EXPECT_FALSE(pk.grad().defined());
}

TEST(ListwiseLoss, IsTheDivergenceOfTheTwoSoftmaxes) {
    const std::vector<Row> rows = {row(6, Relation::equal), row(6.5, Relation::equal),
                                   row(9, Relation::less)};

    EXPECT_NEAR(value(listwise_loss(numbers({2.0, 2.5, 0.0}), rows)), 0, 1e-7);  // right up to a constant
    // p = softmax(0, 1), q = softmax(0, -1): sum p (log p - log q) = p1 - p0
    const double p1 = 1 / (1 + std::exp(-1.0));
    EXPECT_NEAR(value(listwise_loss(numbers({2.5, 2.0, 0.0}), rows)), 2 * p1 - 1, 1e-7);
    EXPECT_EQ(value(listwise_loss(numbers({2.5}), std::vector<Row>{row(6, Relation::equal)})), 0);
}

TEST(SelectivityLoss, ComparesOneLigandBetweenPocketsOnly) {
    const std::vector<Row> rows = {
        {.pocket = 0, .ligand = 7, .pk = 8},
        {.pocket = 1, .ligand = 7, .pk = 6},
        {.pocket = 1, .ligand = 3, .pk = 9},
        {.pocket = 0, .ligand = 7, .pk = 5}};  // measured again: not a pocket's doing
    const at::Tensor pk = numbers({7.0, 6.0, 1.0, 5.0});
    const at::Tensor loss = selectivity_loss(pk, rows, 10.0);

    // pairs (0, 1): 1 - 2 = -1 and (1, 3): 1 - 1 = 0
    EXPECT_NEAR(value(loss), (0.5 + 0) / 2, 1e-7);
    EXPECT_EQ(gradient(loss, pk)[2], 0);
}

TEST(RetrievalLoss, TeachesTheVectorsAndLeavesTheModelAlone) {
    const std::vector<Row> rows = {row(1, Relation::equal), row(1, Relation::less)};
    const at::Tensor pk = numbers({6.0, 7.0});
    const at::Tensor pocket = at::tensor({1.0, 0.0, 1.0, 0.0}, at::kDouble).view({2, 2});
    const at::Tensor right =
        at::tensor({0.125, 0.5, 0.25, 0.5}, at::kDouble).view({2, 2}).set_requires_grad(true);

    EXPECT_NEAR(value(retrieval_loss({pocket, right}, pk, rows, 1.0)), 0, 1e-7);  // 8 (0.25 - 0.125) = 7 - 6
    const at::Tensor level = at::zeros_like(right).set_requires_grad(true);
    retrieval_loss({pocket, level}, pk, rows, 10.0).backward();
    EXPECT_FALSE(pk.grad().defined());
    EXPECT_GT(level.grad().data_ptr<double>()[0], 0);  // the weaker ligand moves away from the pocket
    EXPECT_LT(level.grad().data_ptr<double>()[2], 0);
}

TEST(ContrastLoss, PrefersTheOwnPocketAndForgivesHomologs) {
    const at::Tensor pocket = at::tensor({1.0, 0.0, 0.0, 1.0}, at::kDouble).view({2, 2});
    const std::vector<int> own = {0, 1}, swapped = {1, 0}, ligand = {0, 1}, far = {4, 5}, near = {4, 4};

    const double good = value(contrast_loss({pocket, pocket, own, ligand, far}));
    const double bad = value(contrast_loss({pocket, pocket, swapped, ligand, far}));
    EXPECT_NEAR(good, 0, 1e-5);
    EXPECT_NEAR(bad, 1 / 0.07, 1e-3);
    EXPECT_EQ(value(contrast_loss({pocket, pocket, swapped, ligand, near})), 0);
    // One compound measured in both pockets contradicts neither.
    EXPECT_EQ(value(contrast_loss({pocket, pocket, swapped, std::vector<int>{2, 2}, far})), 0);
}

TEST(Losses, APredictionThatIsNotANumberIsNotHidden) {
    const std::vector<Row> rows = {row(6, Relation::equal), row(7, Relation::equal)};
    const at::Tensor pk = numbers({std::numeric_limits<double>::quiet_NaN(), 7.0});

    EXPECT_TRUE(std::isnan(value(absolute_loss(pk, rows, 1.0))));
    EXPECT_TRUE(std::isnan(value(pairwise_loss(pk, rows, 1.0))));
}

}  // namespace
}  // namespace keyway::model
