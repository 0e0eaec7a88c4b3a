/// Known compounds on whole series: what they are worth when the process's assumptions hold, and what they
/// cost when there is nothing to learn.
#include "workflows/circular_counts.hpp"
#include "workflows/learning_fixtures.hpp"

#include "keyway/core/random.hpp"
#include "keyway/report/metrics.hpp"
#include "keyway/sample/columns.hpp"
#include "keyway/workflows/known_compounds.hpp"
#include "keyway/workflows/screen.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

namespace keyway::workflows {
namespace {

using namespace testing;

constexpr float kSd = 1;
constexpr int kSeries = 120, kCompounds = 40, kDraws = 4;

/// A chain of carbons with a few atoms exchanged: nitrogen, oxygen, fluorine, phosphorus or sulphur.
LigandGraph member_of_series(Random& random) {
    LigandGraph ligand = chain_ligand(16);
    for (int exchanged = 0; exchanged < 5; ++exchanged)
        ligand.columns[random.below(ligand.atoms()) * std::size_t{kLigandColumnCount}] =
            static_cast<std::uint8_t>(2 + random.below(5));
    return ligand;
}

/// Independent numbers made dependent by the Cholesky factor of `covariance` [n, n].
std::vector<double> correlated(const std::vector<std::vector<double>>& covariance, Random& random) {
    const std::size_t n = covariance.size();
    std::vector<std::vector<double>> factor(n, std::vector<double>(n, 0));
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j <= i; ++j) {
            double rest = covariance[i][j];
            for (std::size_t k = 0; k < j; ++k) rest -= factor[i][k] * factor[j][k];
            factor[i][j] = i == j ? std::sqrt(rest) : rest / factor[j][j];
        }
    std::vector<double> independent, values(n, 0);
    for (std::size_t i = 0; i < n; ++i) independent.push_back(random.normal());
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j <= i; ++j) values[i] += factor[i][j] * independent[j];
    return values;
}

struct Series {
    std::vector<KnownCompound> compounds;  ///< with the measured pK
    std::vector<model::Prediction> predicted;
};

/// What the model misses: [n] residuals of these ligands, of which `known` will be known.
using Residuals =
    std::function<std::vector<double>(const std::vector<LigandGraph>&, std::size_t known, Random&)>;

/// The model ranks by a number of its own, on which the measured pK depends too.
Series make_series(const Residuals& residuals, std::size_t known, Random& random) {
    std::vector<LigandGraph> ligands;
    for (int i = 0; i < kCompounds; ++i) ligands.push_back(member_of_series(random));
    const std::vector<double> missed = residuals(ligands, known, random);
    Series series;
    for (std::size_t i = 0; i < ligands.size(); ++i) {
        const double pk = 6.5 + 0.5 * random.normal();
        series.predicted.push_back({static_cast<float>(pk), kSd});
        series.compounds.push_back({"", ligands[i], static_cast<float>(pk + missed[i])});
    }
    return series;
}

struct Outcome {
    double zero_shot = 0, corrected = 0;    ///< mean Spearman on the rest
    double error_zero_shot = 0, error = 0;  ///< mean squared error on the rest
    double inside = 0;                      ///< share of the rest in its 90 % interval
};

Outcome with_known(std::size_t known, const Residuals& residuals) {
    Random random(17);
    Outcome sum;
    double predictions = 0;
    for (int s = 0; s < kSeries; ++s) {
        const Series series = make_series(residuals, known, random);
        std::vector<std::size_t> order(series.compounds.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        for (int draw = 0; draw < kDraws; ++draw) {
            random.shuffle(order);
            std::vector<KnownCompound> measured;
            std::vector<model::Prediction> prior;
            for (std::size_t i = 0; i < known; ++i) {
                measured.push_back(series.compounds[order[i]]);
                prior.push_back(series.predicted[order[i]]);
            }
            const KnownCorrection correction(measured, prior);
            std::vector<double> zero_shot, corrected, truth;
            for (std::size_t i = known; i < order.size(); ++i) {
                const auto& compound = series.compounds[order[i]];
                const auto after = correction.correct(compound.ligand, series.predicted[order[i]]);
                zero_shot.push_back(series.predicted[order[i]].pk);
                corrected.push_back(after.pk);
                truth.push_back(compound.pk);
                sum.error_zero_shot += std::pow(zero_shot.back() - compound.pk, 2);
                sum.error += std::pow(after.pk - compound.pk, 2);
                sum.inside += std::abs(after.pk - compound.pk) <= kInterval90 * after.pk_sd;
                ++predictions;
            }
            sum.zero_shot += report::spearman(zero_shot, truth) / (kSeries * kDraws);
            sum.corrected += report::spearman(corrected, truth) / (kSeries * kDraws);
        }
    }
    for (double* total : {&sum.inside, &sum.error_zero_shot, &sum.error}) *total /= predictions;
    return sum;
}

/// Residuals as the process expects them.
std::vector<double> of_the_process(const std::vector<LigandGraph>& ligands, std::size_t known,
                                   Random& random) {
    std::vector<DampedCounts> counts;
    for (const auto& ligand : ligands) counts.push_back(damped(circular_counts(ligand)));
    std::vector<std::vector<double>> covariance(ligands.size(), std::vector<double>(ligands.size()));
    for (std::size_t i = 0; i < ligands.size(); ++i)
        for (std::size_t j = 0; j < ligands.size(); ++j)
            covariance[i][j] = kSd * kSd *
                               (KnownCorrection::kOffsetShare +
                                KnownCorrection::kStructureShare * similarity(counts[i], counts[j]) +
                                (i == j ? KnownCorrection::kNoiseShare : 0));
    std::vector<double> residuals = correlated(covariance, random);
    for (double& residual : residuals) residual -= KnownCorrection::fall(known);
    return residuals;
}

/// The model misses nothing but the errors of measurement, as large as its own spread within a series.
std::vector<double> of_measuring(const std::vector<LigandGraph>& ligands, std::size_t, Random& random) {
    std::vector<double> errors;
    for (std::size_t i = 0; i < ligands.size(); ++i) errors.push_back(0.5 * random.normal());
    return errors;
}

constexpr std::size_t kKnown[] = {2, 4, 5, 8, 10, 20};

TEST(KnownSeries, EveryCompoundMoreHelpsAndIntervalsHoldWhatTheySay) {
    double before = 0;
    for (const std::size_t known : kKnown) {
        const Outcome outcome = with_known(known, of_the_process);
        EXPECT_GT(outcome.corrected, outcome.zero_shot - 0.005) << known;
        if (known >= 10) {
            EXPECT_GT(outcome.corrected, outcome.zero_shot + 0.02) << known;
        }
        EXPECT_GT(outcome.corrected, before - 0.005) << known;
        EXPECT_LT(outcome.error, 0.8 * outcome.error_zero_shot) << known;
        EXPECT_NEAR(outcome.inside, 0.90, 0.012) << known;
        before = outcome.corrected;
    }
}

/// The worst case for a correction: there is nothing to learn from the residuals, and half of what the known
/// compounds show is noise.
TEST(KnownSeries, CostLittleWhereThereIsNothingToLearn) {
    for (const std::size_t known : kKnown) {
        const Outcome outcome = with_known(known, of_measuring);
        EXPECT_GT(outcome.zero_shot, 0.6) << known;
        EXPECT_GT(outcome.corrected, outcome.zero_shot - 0.025) << known;
        // A few known compounds say little against the fall of the prior mean.
        EXPECT_LT(outcome.error, (known <= 5 ? 1.3 : 1.22) * outcome.error_zero_shot) << known;
    }
}

}  // namespace
}  // namespace keyway::workflows
