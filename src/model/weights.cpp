/// Every check that a weights file must pass before it may predict.
#include "model/weights.hpp"

#include "model/scoring.hpp"
#include "model/weights_file.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/version.hpp"
#include "keyway/sample/columns.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <cstring>

namespace keyway::model {
namespace {

constexpr double kGoldenTolerancePk = 1e-4, kGoldenToleranceOtherDevicePk = 1e-3;

std::unique_ptr<AffinityModel> copy_to_cpu(const AffinityModel& model) {
    auto copy = std::make_unique<AffinityModel>(model.config(),
                                                nn::Parameters::Layout{.start = nn::Parameters::Start::zero});
    const at::NoGradGuard no_grad;
    copy->parameters().values().copy_(model.parameters().values());
    return copy;
}

void copy_weights(const TensorFile& file, const nn::Parameters& parameters) {
    at::Tensor flat = at::empty({parameters.count()}, at::kFloat);
    for (const auto& entry : parameters.entries()) {
        const auto bytes = file.bytes(entry.name, TensorType::f32);
        std::memcpy(flat.data_ptr<float>() + entry.offset, bytes.data(), bytes.size());
    }
    const at::NoGradGuard no_grad;
    parameters.values().copy_(flat);
}

}  // namespace

std::vector<TensorSpec> tensor_specs(const nn::Parameters& parameters) {
    std::vector<TensorSpec> specs;
    for (const auto& entry : parameters.entries())
        specs.push_back({entry.name, TensorType::f32, entry.shape});
    return specs;
}

std::vector<Prediction> compute_golden(const AffinityModel& model) {
    const GoldenSet golden = golden_set();
    std::vector<Prediction> scores;
    for (const PocketUse use : {PocketUse::full, PocketUse::blanked}) {
        const EncodedPockets pocket = encode_pocket(model, golden.pocket, use);
        const auto some = score_ligands(model, pocket, golden.ligands);
        scores.insert(scores.end(), some.begin(), some.end());
    }
    return scores;
}

void save_model(const AffinityModel& model, Passport passport, const std::filesystem::path& path) {
    const auto on_cpu = copy_to_cpu(model);
    const std::vector<Prediction> golden = compute_golden(*on_cpu);
    for (const Prediction& score : golden)
        if (!std::isfinite(score.pk) || !std::isfinite(score.pk_sd))
            throw Error(ErrorKind::failure, "the model predicts a value that is not finite; " +
                                                path.string() + " is not written");

    const at::Tensor flat = on_cpu->parameters().values().contiguous();
    const std::span<const std::byte> all(static_cast<const std::byte*>(flat.data_ptr()),
                                         static_cast<std::size_t>(flat.numel()) * sizeof(float));
    std::vector<TensorBytes> tensors;
    for (const auto& entry : on_cpu->parameters().entries())
        tensors.push_back({{entry.name, TensorType::f32, entry.shape},
                           all.subspan(static_cast<std::size_t>(entry.offset) * sizeof(float),
                                       static_cast<std::size_t>(entry.count) * sizeof(float))});
    passport.format_version = Passport().format_version;
    passport.feature_version = kFeatureVersion;
    passport.config = model.config();
    if (passport.created_by.empty()) passport.created_by = "keyway " + std::string(version());
    passport.weights_sha256 = sha256_of_tensors(tensors);
    write_tensor_file(path, tensors, {{kPassportKey, to_json(passport)}, {kGoldenKey, golden_text(golden)}});
}

LoadedModel load_model(const std::filesystem::path& path, at::Device device) {
    const TensorFile file(path);
    try {
        LoadedModel loaded;
        loaded.passport = passport_of(file);
        loaded.model = std::make_unique<AffinityModel>(
            loaded.passport.config,
            nn::Parameters::Layout{.device = device, .start = nn::Parameters::Start::zero});
        file.expect(tensor_specs(loaded.model->parameters()));
        copy_weights(file, loaded.model->parameters());
        loaded.golden = compute_golden(*loaded.model);
        check_golden(golden_scores(file.metadata(kGoldenKey)), loaded.golden,
                     device.is_cpu() ? kGoldenTolerancePk : kGoldenToleranceOtherDevicePk);
        return loaded;
    } catch (const Error& error) {
        throw Error(error.kind(), path.string() + ": " + error.what(), error.hint());
    }
}

}  // namespace keyway::model
