/// An exact Gaussian process on the residuals of measured compounds.
#include "keyway/workflows/known_compounds.hpp"

#include "workflows/circular_counts.hpp"

#include "keyway/core/error.hpp"
#include "keyway/sample/columns.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <string>

namespace keyway::workflows {
namespace {

bool is_finite(const model::Prediction& prediction) {
    return std::isfinite(prediction.pk) && std::isfinite(prediction.pk_sd) && prediction.pk_sd > 0;
}

constexpr std::size_t kDonor = 9;
static_assert(kLigandColumns[kDonor].name == "donor");

/// What the process compares of a molecule.
struct Features {
    CircularCounts counts;
    DampedCounts damped_counts;
    double atoms = 0, donors = 0;

    explicit Features(const LigandGraph& ligand)
        : counts(circular_counts(ligand)),
          damped_counts(damped(counts)),
          atoms(static_cast<double>(ligand.atoms())) {
        for (std::size_t atom = 0; atom < ligand.atoms(); ++atom)
            donors += ligand.columns[atom * std::size_t{kLigandColumnCount} + kDonor];
    }
};

/// Of two molecules of one series, without the noise and in units of their standard deviations.
double covariance_of(const Features& a, const Features& b) {
    const double atoms = (a.atoms - b.atoms) / KnownCorrection::kAtomsLength;
    const double donors = (a.donors - b.donors) / KnownCorrection::kDonorsLength;
    return KnownCorrection::kOffsetShare * std::exp(-(atoms * atoms + donors * donors) / 2) +
           KnownCorrection::kStructureShare * similarity(a.damped_counts, b.damped_counts);
}

}  // namespace

struct KnownCorrection::Impl {
    std::vector<Features> features;
    Eigen::VectorXd sd;       // [n] of the model, for each known compound
    Eigen::VectorXd weights;  // [n] inverse covariance times residuals
    Eigen::LLT<Eigen::MatrixXd> factor;
    double mean_residual = 0;

    /// Covariance of a compound with every known one, without the noise: [n].
    Eigen::VectorXd covariance(const Features& ligand, double ligand_sd) const {
        Eigen::VectorXd column(sd.size());
        for (Eigen::Index i = 0; i < sd.size(); ++i)
            column[i] = ligand_sd * sd[i] * covariance_of(ligand, features[static_cast<std::size_t>(i)]);
        return column;
    }
};

KnownCorrection::KnownCorrection(std::span<const KnownCompound> known,
                                 std::span<const model::Prediction> zero_shot)
    : impl_(std::make_unique<Impl>()) {
    if (known.size() != zero_shot.size())
        throw Error(ErrorKind::failure, "known compounds and their predictions differ in number");
    if (known.size() > kMostCompounds)
        throw Error(ErrorKind::usage,
                    std::to_string(known.size()) + " known compounds, expected at most " +
                        std::to_string(kMostCompounds),
                    "keep those nearest to the compounds you score");
    std::vector<double> sd, residual;
    for (std::size_t i = 0; i < known.size(); ++i) {
        if (!is_finite(zero_shot[i])) continue;
        impl_->features.emplace_back(known[i].ligand);
        sd.push_back(zero_shot[i].pk_sd);
        residual.push_back(known[i].pk - zero_shot[i].pk);
    }
    if (sd.empty())
        throw Error(ErrorKind::input, "the model has no finite prediction for any known compound");

    const auto n = static_cast<Eigen::Index>(sd.size());
    impl_->sd = Eigen::Map<const Eigen::VectorXd>(sd.data(), n);
    const Eigen::Map<const Eigen::VectorXd> residuals(residual.data(), n);
    Eigen::MatrixXd covariance(n, n);
    for (Eigen::Index i = 0; i < n; ++i)
        covariance.col(i) = impl_->covariance(impl_->features[static_cast<std::size_t>(i)], impl_->sd[i]);
    covariance.diagonal() += kNoiseShare * impl_->sd.cwiseAbs2();
    impl_->factor.compute(covariance);
    impl_->weights = impl_->factor.solve((residuals.array() + fall(sd.size())).matrix());
    impl_->mean_residual = residuals.mean();
}

KnownCorrection::~KnownCorrection() = default;
KnownCorrection::KnownCorrection(KnownCorrection&&) noexcept = default;

std::size_t KnownCorrection::size() const { return impl_->features.size(); }
double KnownCorrection::mean_residual() const { return impl_->mean_residual; }

double KnownCorrection::nearest_similarity(const LigandGraph& ligand) const {
    const CircularCounts own = circular_counts(ligand);
    double nearest = 0;
    for (const auto& known : impl_->features) nearest = std::max(nearest, similarity(own, known.counts));
    return nearest;
}

model::Prediction KnownCorrection::correct(const LigandGraph& ligand,
                                           const model::Prediction& zero_shot) const {
    if (!is_finite(zero_shot)) return zero_shot;
    const double sd = zero_shot.pk_sd;
    const Eigen::VectorXd column = impl_->covariance(Features(ligand), sd);
    const Eigen::VectorXd half = impl_->factor.matrixL().solve(column);
    // Of the whole share a + b + c = 1 the known compounds take away what they explain, never the noise.
    const double variance = std::max(sd * sd - half.squaredNorm(), kNoiseShare * sd * sd);
    model::Prediction corrected = zero_shot;
    corrected.pk = static_cast<float>(zero_shot.pk - fall(size()) + column.dot(impl_->weights));
    corrected.pk_sd = static_cast<float>(std::sqrt(variance));
    return corrected;
}

}  // namespace keyway::workflows
