/// Own measurements of this target correct the model's predictions: a Gaussian process on the residual.
#pragma once

#include "keyway/model/network.hpp"
#include "keyway/sample/ligand_graph.hpp"

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#ifdef KEYWAY_WITH_CHEMISTRY
#include "keyway/chem/read_ligand.hpp"
#endif

namespace keyway::workflows {

struct KnownCompound {
    std::string id;
    LigandGraph ligand;
    float pk = 0;  ///< measured
};

struct KnownFile {
    std::vector<KnownCompound> compounds;
    std::vector<std::string> notes;  ///< rows that were left out, and why
};

#ifdef KEYWAY_WITH_CHEMISTRY
/// Measured compounds from a table or a SMILES file.
///
/// Table (CSV, TSV): the columns `smiles`, optional `id` (or `ligand_id`, `name`), optional `relation`, and
/// one of
///     pk, pkd, pki, pic50, pec50              -log10 of mol/L
///     kd, ki, ic50, ec50, value, affinity     a concentration with its unit, "35 nM", or beside a column
///                                             `unit`
///     kd_nm, ki_um, ic50_nm, ...              the unit in the name
/// SMILES file (.smi): `SMILES id value` with a pK ("7.2") or a concentration ("35 nM").
///
/// Bounds (<, >), records that cannot be read and values outside pK 0 to 15 are left out, each with a note.
/// Throws Error(input) if the file cannot be read, has no such columns, or no row can be used.
KnownFile read_known(const std::filesystem::path& path, const chem::LigandOptions& options);
#endif

/// The model m(x) with standard deviation s(x) is the prior; n measured y are a Gaussian process with the
/// mean m(x) - n / (n + 3) pK and the covariance
///
///     s(x) s(x') [a exp(-(h/9)^2 / 2 - (d/1.5)^2 / 2) + b T(x, x')] + c s(x)^2 [x = x']
///
/// Beside the known compounds the lower mean changes nothing; the less a compound resembles them, the weaker
/// it is taken to bind, as the odd ones of a series do. With few of them the level would suffer more than the
/// order gains, hence n / (n + 3).
/// T: Tanimoto similarity of log(1 + counts) of circular environments; h, d: differences in heavy atoms and
/// in hydrogen bond donors; a: an offset of the whole series that drifts with size and donors, b: structure,
/// c: noise, a + b + c = 1, so that without any measurement the model's own spread is what remains. The
/// shares were set on the validation assays, once, logarithm, drift and fall on held-out training clusters
/// (`models/README.md`); nothing is fitted per target. Exact (Cholesky).
class KnownCorrection {
public:
    static constexpr double kOffsetShare = 0.2, kStructureShare = 0.7, kNoiseShare = 0.1;
    /// Over these differences in heavy atoms and in donors the offset falls to exp(-1/2).
    static constexpr double kAtomsLength = 9, kDonorsLength = 1.5;
    /// By how much the prior mean lies below the model [pK].
    static constexpr double fall(std::size_t known) {
        return static_cast<double>(known) / static_cast<double>(known + 3);
    }
    /// The algebra is cubic: more known compounds throw Error(usage).
    static constexpr std::size_t kMostCompounds = 5000;

    /// `zero_shot`: the model's predictions of `known`, in order. Compounds whose prediction is not finite
    /// are left out; throws Error(input) if none is left.
    KnownCorrection(std::span<const KnownCompound> known, std::span<const model::Prediction> zero_shot);
    ~KnownCorrection();
    KnownCorrection(KnownCorrection&&) noexcept;

    /// pK moved by what similar known compounds say; pk_sd becomes the process's own. Thread-safe. A
    /// prediction that is not finite stays as it is.
    model::Prediction correct(const LigandGraph& ligand, const model::Prediction& zero_shot) const;
    /// Similarity of the most similar known compound, 0 to 1.
    double nearest_similarity(const LigandGraph& ligand) const;
    std::size_t size() const;
    /// Mean of measured minus predicted over the known compounds [pK].
    double mean_residual() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The same model with every prediction corrected: each pocket that it encodes gets a correction of its own
/// from the model's predictions of `known` in it. `explain` keeps the model's contacts; what the known
/// compounds add is `prediction.pk` minus their sum. Throws like `KnownCorrection`, on encoding.
std::unique_ptr<model::Predictor> with_known_compounds(std::shared_ptr<const model::Predictor> predictor,
                                                       std::vector<KnownCompound> known);

}  // namespace keyway::workflows
