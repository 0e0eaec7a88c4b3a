/// Small datasets made in code, and a network that is a straight line: what the learning tests work with.
#pragma once

#include "keyway/core/context.hpp"
#include "keyway/model/network.hpp"
#include "keyway/sample/measurement.hpp"
#include "keyway/store/dataset_file.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace keyway::workflows::testing {

/// A chain of `atoms` carbons (the fingerprint's bits as given).
LigandGraph chain_ligand(int atoms, std::vector<std::uint16_t> fingerprint = {});
/// A chain of `atoms` carbons in one residue.
PocketGraph chain_pocket(const std::string& id, int atoms);

/// One row of a dataset to be; ligands are chains told apart by `atoms` and `tag`.
struct RowSpec {
    std::string pocket = "P1";
    std::string assay = "A1";
    int atoms = 10;
    double pk = 6;
    Split split = Split::train;
    Relation relation = Relation::equal;
    std::string source = "core", protein, cluster, id;
    std::vector<std::uint16_t> fingerprint;
    Measure measure = Measure::unstated;
};

/// A pose of a chain, its atoms at (0, 0, k); the pocket's name must occur in the rows.
struct PoseSpec {
    std::string pocket = "P1";
    int atoms = 10;
    Split split = Split::train;
    std::string cluster;
};

/// A pocket's atom count is 5 + its position among the distinct pocket names.
void write_dataset(const std::filesystem::path& path, const std::vector<RowSpec>& rows,
                   const PocketDefinition& definition = {}, const std::vector<PoseSpec>& poses = {});

/// pk = bias + per_atom * ligand atoms + per_pocket_atom * pocket atoms (0 when blanked).
struct Line {
    double bias = 0, per_atom = 0, per_pocket_atom = 0;
};

class LinePredictor : public model::Predictor {
public:
    LinePredictor(Line line, model::Passport passport) : line_(line), passport_(std::move(passport)) {}
    const model::Passport& passport() const override { return passport_; }
    std::shared_ptr<const model::EncodedPocket> encode(const PocketGraph& pocket,
                                                       model::PocketUse use) const override;
    std::vector<model::Prediction> predict(const model::EncodedPocket& pocket,
                                           std::span<const LigandGraph> ligands) const override;
    std::vector<float> retrieval_vectors(std::span<const LigandGraph>) const override { return {}; }
    model::Explanation explain(const model::EncodedPocket&, const LigandGraph&) const override { return {}; }

    mutable std::mutex mutex;
    mutable std::map<std::string, int> encoded_full;  ///< pocket id -> how often
    float nan_for_atoms = -1;                         ///< ligands of this size get NaN

private:
    Line line_;
    model::Passport passport_;
};

/// A batch as a trainer saw it, with copies of what dies with the run.
struct SeenBatch {
    std::vector<std::string> pocket_ids;
    std::vector<model::TrainBatch::Row> rows;
    std::size_t poses = 0;
};

/// Trainers are noisy gradient descent on the line, with momentum and EMA; their files are text.
class LineNetwork : public model::Network {
public:
    std::unique_ptr<model::Predictor> load(const std::filesystem::path& weights, const std::string&,
                                           model::Precision) const override;
    std::unique_ptr<model::Trainer> make_trainer(const model::ModelConfig&, const model::OptimiserOptions&,
                                                 std::uint64_t seed, const std::string&) const override;
    model::DeviceInfo info() const override { return {"fake", "none", "none", false, {}}; }
    void set_intra_op_threads(int threads) const override { intra_op_threads = threads; }

    Line line;                 ///< of loaded predictors
    model::Passport passport;  ///< of loaded predictors
    float nan_for_atoms = -1;
    bool frozen = false;  ///< training changes nothing
    std::function<bool(int step)> finite = [](int) { return true; };
    std::function<void(int step)> before_step = [](int) {
    };                                       ///< steps count from 1; may throw or set a stop flag
    mutable std::mutex mutex;                ///< guards what trainers leave here
    mutable std::vector<SeenBatch> batches;  ///< of all trainers
    mutable std::vector<double> learning_rates;
    mutable model::OptimiserOptions optimiser;
    mutable int intra_op_threads = 0;
    mutable model::Passport saved_passport;
    mutable std::vector<std::string> remembered;  ///< pockets of the last trainer
    mutable std::filesystem::path started_from;   ///< of the last `load_weights`, which starts at `line`
};

/// Collects log lines.
class RecordingLog : public LogSink {
public:
    void write(LogLevel level, std::string_view line) override;
    bool has(LogLevel level, const std::string& part) const;

private:
    mutable std::mutex mutex_;
    std::vector<std::pair<LogLevel, std::string>> lines_;
};

/// Runs `call` and returns the kind and message of the Error it must throw ("" if it throws none).
struct Caught {
    int code = 0;
    std::string message, hint;
};
Caught error_of(const std::function<void()>& call);

}  // namespace keyway::workflows::testing
