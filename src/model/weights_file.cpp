/// Reading the passport without LibTorch.
#include "model/weights_file.hpp"

#include "keyway/core/error.hpp"
#include "keyway/model/network.hpp"
#include "keyway/sample/columns.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace keyway::model {

Passport passport_of(const TensorFile& file) {
    const Passport passport = passport_from_json(file.metadata(kPassportKey));
    if (passport.feature_version != kFeatureVersion)
        throw Error(
            ErrorKind::incompatible,
            "the model was trained on feature version " + std::to_string(passport.feature_version) +
                ", this keyway makes version " + std::to_string(kFeatureVersion),
            "use the keyway release that made the model (" + passport.created_by + "), or train again");
    if (passport.weights_sha256 != file.tensor_sha256())
        throw Error(ErrorKind::incompatible, "the passport belongs to other weights: expected SHA-256 " +
                                                 passport.weights_sha256 + ", got " + file.tensor_sha256());
    return passport;
}

void set_pk_sd_scale(const std::filesystem::path& weights, double scale) {
    if (!(scale > 0) || !std::isfinite(scale))
        throw Error(ErrorKind::failure,
                    "a scale of pk_sd must be a positive number, got " + std::to_string(scale));
    Passport passport = read_passport(weights);
    const TensorFile file(weights);
    passport.pk_sd_scale = scale;
    std::vector<TensorBytes> tensors;
    for (const auto& spec : file.tensors()) tensors.push_back({spec, file.bytes(spec.name, spec.type)});
    Metadata metadata = file.metadata();
    metadata[kPassportKey] = to_json(passport);
    write_tensor_file(weights, tensors, std::move(metadata));
}

Passport read_passport(const std::filesystem::path& weights) {
    const TensorFile file(weights);
    try {
        return passport_of(file);
    } catch (const Error& error) {
        throw Error(error.kind(), weights.string() + ": " + error.what(), error.hint());
    }
}

}  // namespace keyway::model
