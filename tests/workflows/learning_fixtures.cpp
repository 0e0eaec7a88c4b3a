/// The straight-line network and the datasets for it.
#include "workflows/learning_fixtures.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/output_file.hpp"
#include "keyway/core/random.hpp"
#include "keyway/core/text_input.hpp"
#include "keyway/sample/columns.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace keyway::workflows::testing {
namespace {

using Json = nlohmann::ordered_json;

struct LinePocket : model::EncodedPocket {
    explicit LinePocket(double used_atoms) : atoms(used_atoms) {}
    std::span<const float> retrieval_vector() const override { return {}; }
    double atoms;
};

class LineTrainer : public model::Trainer {
public:
    LineTrainer(const LineNetwork& network, double initial_pk, std::uint64_t seed)
        : network_(network), random_(seed + 1000), weights_{initial_pk, 0, 0}, average_(weights_) {}

    model::StepResult step(const model::TrainBatch& batch, double learning_rate) override {
        const std::lock_guard lock(network_.mutex);  // several trainers may learn at once
        start_step();
        model::StepResult result = add(batch, random_);
        network_.learning_rates.push_back(learning_rate);
        if (result.finite) result.gradient_norm = finish(learning_rate, 1);
        return result;
    }

    void start_step() override {
        ++steps_;
        network_.before_step(steps_);
        gradient_ = {};
    }
    model::StepResult add_gradient(const model::TrainBatch& batch, std::uint64_t seed) override {
        Random random(seed);
        return add(batch, random);
    }
    model::StepResult finish_step(const model::StepEnd& end) override {
        network_.learning_rates.push_back(end.learning_rate);
        if (end.sum_over_processes || end.sum_on_gpu) {
            std::array<float, 3> sums{};
            std::copy(gradient_.begin(), gradient_.end(), sums.begin());
            if (end.sum_on_gpu)
                end.sum_on_gpu(sums, [] { return true; });
            else
                end.sum_over_processes(sums);
            std::copy(sums.begin(), sums.end(), gradient_.begin());
        }
        model::StepResult result;
        result.gradient_norm = finish(end.learning_rate, end.batches);
        return result;
    }

    /// Every atom's anchor is 8 A off, less 0.1 A for each step; the middle of the pocket is 5 A off.
    model::PoseMetrics evaluate_poses(const model::TrainBatch& batch) override {
        model::PoseMetrics metrics;
        for (const auto& pose : batch.poses) {
            const std::size_t atoms = pose.position_in_pocket.size() / 3;
            metrics.anchor_error_angstrom.insert(metrics.anchor_error_angstrom.end(), atoms,
                                                 8 - 0.1f * static_cast<float>(steps_));
            metrics.centroid_error_angstrom.insert(metrics.centroid_error_angstrom.end(), atoms, 5);
            metrics.distance_loss += static_cast<double>(atoms);
        }
        return metrics;
    }

    std::vector<model::Prediction> predict(const model::TrainBatch& batch, model::PocketUse use) override {
        std::vector<model::Prediction> predictions;
        for (const auto& row : batch.rows)
            predictions.push_back({static_cast<float>(value(average_, inputs(batch, row, use))), 1});
        return predictions;
    }
    /// Half of ten residues, and of ten atoms as many as there were steps. A ligand that is hidden costs two
    /// residues; a wrong partner costs one residue and one atom.
    model::MaskedResult predict_masked(const model::TrainBatch& batch, model::MaskedView view,
                                       std::uint64_t) override {
        model::MaskedResult result;
        if (view != model::MaskedView::pocket_blanked)
            result.residue_type = {{{3, 6}, {5, 4}},
                                   view == model::MaskedView::both ? 5 - swapped(batch) : 3};
        if (view != model::MaskedView::ligand_hidden)
            result.element = {{{1, 9}, {2, 1}}, std::min(10, steps_) - swapped(batch)};
        result.hydrogens_sum_of_squares = 10;
        return result;
    }
    std::uint64_t parameter_count() const override { return 3; }

    void save_weights(const std::filesystem::path& path, model::Passport passport) override {
        network_.saved_passport = passport;
        const Json json = {{"line", average_},
                           {"metrics", passport.metrics},
                           {"training", passport.training},
                           {"data", passport.training_data_sha256},
                           {"created_by", passport.created_by}};
        write_file(path, json.dump(), IfExists::overwrite);
    }
    void save_checkpoint(const std::filesystem::path& path, const std::string& caller_state) override {
        const Json json = {{"weights", weights_}, {"momentum", momentum_},     {"average", average_},
                           {"steps", steps_},     {"random", random_.state()}, {"caller", caller_state}};
        write_file(path, json.dump(), IfExists::overwrite);
    }
    std::string load_checkpoint(const std::filesystem::path& path) override {
        const auto json = Json::parse(read_text_file(path), nullptr, false);
        if (json.is_discarded()) throw Error(ErrorKind::incompatible, path.string() + ": is damaged");
        weights_ = json["weights"];
        momentum_ = json["momentum"];
        average_ = json["average"];
        steps_ = json["steps"];
        random_.restore(json["random"]);
        return json["caller"];
    }
    model::StartingWeights load_weights(const std::filesystem::path& path) override {
        const std::lock_guard lock(network_.mutex);
        network_.started_from = path;
        weights_ =
            average_ = {network_.line.bias, 10 * network_.line.per_atom, 10 * network_.line.per_pocket_atom};
        return {{"line"}, {}, {}};
    }
    void remember(std::span<const PocketGraph* const> pockets) override {
        const std::lock_guard lock(network_.mutex);
        network_.remembered.clear();
        for (const PocketGraph* pocket : pockets) network_.remembered.push_back(pocket->id);
    }

private:
    /// 1 if the ligands are not the pocket's: pocket "Giant" and ligands of 50 atoms or more belong together.
    static int swapped(const model::TrainBatch& batch) {
        return (batch.pockets.front()->id == "Giant") != (batch.ligands.front()->atoms() >= 50) ? 1 : 0;
    }
    model::StepResult add(const model::TrainBatch& batch, Random& random) {
        SeenBatch& seen = network_.batches.emplace_back();
        for (const PocketGraph* pocket : batch.pockets) seen.pocket_ids.push_back(pocket->id);
        seen.rows = batch.rows;
        seen.poses = batch.poses.size();
        if (!network_.finite(steps_)) return {std::numeric_limits<double>::quiet_NaN(), {}, 0, false};
        double loss = 0;
        const double n = std::max(1.0, static_cast<double>(batch.rows.size()));
        for (const auto& row : batch.rows) {
            const auto input = inputs(batch, row, model::PocketUse::full);
            const double error = value(weights_, input) + 0.1 * random.normal() - row.pk;
            loss += std::abs(error);
            for (std::size_t k = 0; k < 3; ++k) gradient_[k] += (error > 0 ? 1 : -1) * input[k] / n;
        }
        return {loss / n, {{"absolute", loss / n}}, 0, true};
    }
    double finish(double learning_rate, int batches) {
        for (std::size_t k = 0; k < 3 && !network_.frozen; ++k) {
            momentum_[k] = 0.9 * momentum_[k] + gradient_[k] / batches;
            weights_[k] -= learning_rate * momentum_[k];
            average_[k] = 0.9 * average_[k] + 0.1 * weights_[k];
        }
        return std::hypot(gradient_[0], gradient_[1]) / batches;
    }

    static std::array<double, 3> inputs(const model::TrainBatch& batch, const model::TrainBatch::Row& row,
                                        model::PocketUse use) {
        const auto ligand = batch.ligands.at(static_cast<std::size_t>(row.ligand));
        const auto pocket = batch.pockets.at(static_cast<std::size_t>(row.pocket));
        const double pocket_atoms = use == model::PocketUse::full ? static_cast<double>(pocket->atoms()) : 0;
        return {1, 0.1 * static_cast<double>(ligand->atoms()), 0.1 * pocket_atoms};
    }
    static double value(const std::array<double, 3>& weights, const std::array<double, 3>& input) {
        return weights[0] * input[0] + weights[1] * input[1] + weights[2] * input[2];
    }

    const LineNetwork& network_;
    Random random_;
    std::array<double, 3> weights_, momentum_{}, average_, gradient_{};
    int steps_ = 0;
};

}  // namespace

LigandGraph chain_ligand(int atoms, std::vector<std::uint16_t> fingerprint) {
    LigandGraph ligand;
    ligand.smiles = std::string(static_cast<std::size_t>(atoms), 'C');
    ligand.id = ligand.smiles;
    for (const auto bit : fingerprint)
        ligand.smiles += fmt::format(".{}", bit);  // told apart by the fingerprint
    ligand.columns.assign(static_cast<std::size_t>(atoms * kLigandColumnCount), 0);
    for (int i = 1; i < atoms; ++i)
        ligand.bonds.push_back({static_cast<std::uint16_t>(i - 1), static_cast<std::uint16_t>(i)});
    ligand.bond_types.assign(ligand.bonds.size(), 0);
    ligand.fingerprint = std::move(fingerprint);
    return ligand;
}

PocketGraph chain_pocket(const std::string& id, int atoms) {
    PocketGraph pocket;
    pocket.id = id;
    const auto n = static_cast<std::size_t>(atoms);
    for (int i = 0; i < atoms; ++i) pocket.position_in_pocket.push_back({static_cast<float>(i), 0, 0});
    pocket.columns.assign(n * static_cast<std::size_t>(kPocketColumnCount), 0);
    pocket.is_token.assign(n, 1);
    pocket.residue.assign(n, 0);
    pocket.residue_labels = {"A:GLY:1"};
    pocket.atom_names.assign(n, "C");
    return pocket;
}

void write_dataset(const std::filesystem::path& path, const std::vector<RowSpec>& rows,
                   const PocketDefinition& definition, const std::vector<PoseSpec>& poses) {
    store::DatasetPassport passport;
    passport.feature_version = kFeatureVersion;
    passport.pocket = definition;
    passport.created_by = "test";
    passport.ligand_policy = "none";
    store::DatasetWriter writer(path, IfExists::refuse, passport);
    std::map<std::string, std::int32_t> pockets, ligands;
    int number = 0;
    for (const auto& spec : rows) {
        const LigandGraph ligand = chain_ligand(spec.atoms, spec.fingerprint);
        if (!pockets.contains(spec.pocket))
            pockets[spec.pocket] =
                writer.add(chain_pocket(spec.pocket, 5 + static_cast<int>(pockets.size())));
        if (!ligands.contains(ligand.smiles)) ligands[ligand.smiles] = writer.add(ligand);
        Measurement row;
        row.id = spec.id.empty() ? "row" + std::to_string(number) : spec.id;
        row.pocket = pockets[spec.pocket];
        row.ligand = ligands[ligand.smiles];
        row.pk = static_cast<float>(spec.pk);
        row.relation = spec.relation;
        row.measure = spec.measure;
        row.split = spec.split;
        const auto name = [&](const std::string& text) { return text.empty() ? -1 : writer.name(text); };
        row.assay = name(spec.assay);
        row.source = name(spec.source);
        row.protein = name(spec.protein);
        row.cluster = name(spec.cluster);
        writer.add(row);
        ++number;
    }
    for (const auto& spec : poses) {
        const LigandGraph ligand = chain_ligand(spec.atoms);
        if (!ligands.contains(ligand.smiles)) ligands[ligand.smiles] = writer.add(ligand);
        KnownPose pose{pockets.at(spec.pocket),
                       ligands[ligand.smiles],
                       spec.split,
                       spec.cluster.empty() ? -1 : writer.name(spec.cluster),
                       {}};
        for (int k = 0; k < spec.atoms; ++k) pose.position_in_pocket.push_back({0, 0, static_cast<float>(k)});
        writer.add(pose);
    }
    writer.commit();
}

std::shared_ptr<const model::EncodedPocket> LinePredictor::encode(const PocketGraph& pocket,
                                                                  model::PocketUse use) const {
    if (use == model::PocketUse::blanked) return std::make_shared<LinePocket>(0);
    const std::lock_guard lock(mutex);
    ++encoded_full[pocket.id];
    return std::make_shared<LinePocket>(static_cast<double>(pocket.atoms()));
}

std::vector<model::Prediction> LinePredictor::predict(const model::EncodedPocket& pocket,
                                                      std::span<const LigandGraph> ligands) const {
    std::vector<model::Prediction> predictions;
    for (const auto& ligand : ligands) {
        const auto atoms = static_cast<double>(ligand.atoms());
        const double used = dynamic_cast<const LinePocket&>(pocket).atoms;
        const double pk = line_.bias + line_.per_atom * atoms + line_.per_pocket_atom * used;
        const bool is_nan = static_cast<float>(atoms) == nan_for_atoms;
        predictions.push_back(
            {is_nan ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(pk), 0.5f});
    }
    return predictions;
}

std::unique_ptr<model::Predictor> LineNetwork::load(const std::filesystem::path&, const std::string&,
                                                    model::Precision) const {
    model::Passport copy = passport;
    if (copy.feature_version == 0) copy.feature_version = kFeatureVersion;
    auto predictor = std::make_unique<LinePredictor>(line, copy);
    predictor->nan_for_atoms = nan_for_atoms;
    return predictor;
}

std::unique_ptr<model::Trainer> LineNetwork::make_trainer(const model::ModelConfig&,
                                                          const model::OptimiserOptions& options,
                                                          std::uint64_t seed, const std::string&) const {
    const std::lock_guard lock(mutex);
    optimiser = options;
    return std::make_unique<LineTrainer>(*this, options.initial_pk, seed);
}

void RecordingLog::write(LogLevel level, std::string_view line) {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(level, line);
}

bool RecordingLog::has(LogLevel level, const std::string& part) const {
    for (const auto& [at, line] : lines_)
        if (at == level && line.find(part) != std::string::npos) return true;
    return false;
}

Caught error_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return {exit_code(error.kind()), error.what(), error.hint()};
    }
    return {};
}

}  // namespace keyway::workflows::testing
