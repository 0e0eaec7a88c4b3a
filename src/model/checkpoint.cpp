/// Checkpoints hold flat arrays: their meaning is pinned by the configuration and a hash of the parameter
/// list.
#include "model/checkpoint.hpp"

#include "model/safetensors.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/sha256.hpp"
#include "keyway/sample/columns.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <charconv>
#include <cstring>

namespace keyway::model {
namespace {

constexpr char kKind[] = "keyway checkpoint 1";

struct NamedArray {
    const char* name;
    at::Tensor values;  // [count]
};

std::vector<NamedArray> arrays_of(const TrainingState& state) {
    std::vector<NamedArray> arrays{{"weights", state.model.parameters().values()},
                                   {"average", state.average.parameters().values()},
                                   {"first_moment", state.optimiser.first_moment()},
                                   {"second_moment", state.optimiser.second_moment()}};
    for (const auto& [name, values] : state.further) arrays.push_back({name, values});
    return arrays;
}

/// Names, places and shapes of the parameters as one hash.
std::string parameter_layout(const nn::Parameters& parameters) {
    std::string text;
    for (const auto& entry : parameters.entries()) {
        text.append(entry.name).append(" ").append(std::to_string(entry.offset));
        for (const std::int64_t length : entry.shape) text.append(" ").append(std::to_string(length));
        text.append("\n");
    }
    return sha256_of(text);
}

Metadata identity_of(const TrainingState& state) {
    return {{"kind", kKind},
            {"feature_version", std::to_string(kFeatureVersion)},
            {"config", state.model.config().to_text()},
            {"parameter_layout", parameter_layout(state.model.parameters())}};
}

TensorBytes text_tensor(const char* name, const std::string& text) {
    return {{name, TensorType::u8, {static_cast<std::int64_t>(text.size())}}, std::as_bytes(std::span(text))};
}

std::string text_of(const TensorFile& file, const char* name) {
    const auto bytes = file.bytes(name, TensorType::u8);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

void write_checkpoint(const std::filesystem::path& path, const TrainingState& state,
                      const std::string& caller_state) {
    std::vector<at::Tensor> kept;  // alive until written
    std::vector<TensorBytes> tensors;
    for (const NamedArray& array : arrays_of(state)) {
        kept.push_back(array.values.to(at::kCPU).contiguous());
        tensors.push_back({{array.name, TensorType::f32, {kept.back().numel()}},
                           {static_cast<const std::byte*>(kept.back().data_ptr()), kept.back().nbytes()}});
    }
    const std::string random = state.random.state();
    tensors.push_back(text_tensor("random", random));
    tensors.push_back(text_tensor("caller", caller_state));
    Metadata metadata = identity_of(state);
    metadata["steps"] = std::to_string(state.optimiser.steps());
    write_tensor_file(path, tensors, metadata);
}

std::string read_checkpoint(const std::filesystem::path& path, const TrainingState& state) {
    const TensorFile file(path);
    for (const auto& [key, value] : identity_of(state))
        if (file.metadata(key) != value)
            throw Error(ErrorKind::incompatible,
                        path.string() + " belongs to another training run: " + key + " differs, expected \"" +
                            value + "\", got \"" + file.metadata(key) + "\"",
                        "resume with the options the run was started with, or start a new one");
    const std::string &steps_text = file.metadata("steps"), random = text_of(file, "random"),
                      caller = text_of(file, "caller");
    std::int64_t steps = 0;
    const auto [end, error] =
        std::from_chars(steps_text.data(), steps_text.data() + steps_text.size(), steps);
    if (error != std::errc{} || end != steps_text.data() + steps_text.size() || steps < 0)
        throw Error(ErrorKind::incompatible, path.string() + ": steps is no number");
    std::vector<TensorSpec> expected;
    for (const NamedArray& array : arrays_of(state))
        expected.push_back({array.name, TensorType::f32, {array.values.numel()}});
    expected.push_back({"random", TensorType::u8, {static_cast<std::int64_t>(random.size())}});
    expected.push_back({"caller", TensorType::u8, {static_cast<std::int64_t>(caller.size())}});
    file.expect(expected);

    state.random.restore(random);  // last thing that can fail
    const at::NoGradGuard no_grad;
    for (NamedArray& array : arrays_of(state)) {
        const auto bytes = file.bytes(array.name, TensorType::f32);
        const at::Tensor host = at::empty({array.values.numel()}, at::kFloat);
        std::memcpy(host.data_ptr(), bytes.data(), bytes.size());
        array.values.copy_(host);
    }
    state.optimiser.set_steps(steps);
    return caller;
}

}  // namespace keyway::model
