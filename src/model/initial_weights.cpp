/// Tensors go by name; what does not fit is listed or refused.
#include "model/initial_weights.hpp"

#include "model/weights_file.hpp"

#include "keyway/core/error.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cstring>
#include <map>
#include <set>
#include <sstream>

namespace keyway::model {
namespace {

std::string shape_text(const std::vector<std::int64_t>& shape) {
    std::string text;
    for (const auto length : shape) text += (text.empty() ? "" : " x ") + std::to_string(length);
    return "[" + text + "]";
}

bool begins_with_part(const std::string& name, const std::string& part) {
    return name.compare(0, part.size(), part) == 0 &&
           (name.size() == part.size() || name[part.size()] == '.');
}

}  // namespace

StartingWeights fill_from_weights(const nn::Parameters& parameters, const std::filesystem::path& path) {
    const TensorFile file(path);
    const auto refuse = [&](const std::string& why, const std::string& hint = {}) {
        throw Error(ErrorKind::incompatible, path.string() + ": " + why, hint);
    };
    try {
        passport_of(file);
    } catch (const Error& error) {
        refuse(error.what(), error.hint());
    }
    std::map<std::string, const TensorSpec*> specs;
    for (const auto& spec : file.tensors()) specs[spec.name] = &spec;

    StartingWeights found;
    at::Tensor flat = parameters.values().to(at::kCPU).to(at::kFloat).clone();
    for (const auto& entry : parameters.entries()) {
        const auto spec = specs.find(entry.name);
        if (spec == specs.end()) {
            found.missing.push_back(entry.name);
            continue;
        }
        if (spec->second->shape != entry.shape)
            refuse("tensor " + entry.name + " has the shape " + shape_text(spec->second->shape) +
                       ", this network needs " + shape_text(entry.shape),
                   "start with the model configuration of those weights (`keyway inspect` shows it)");
        const auto bytes = file.bytes(entry.name, TensorType::f32);
        std::memcpy(flat.data_ptr<float>() + entry.offset, bytes.data(), bytes.size());
        found.taken.push_back(entry.name);
        specs.erase(spec);
    }
    if (found.taken.empty()) refuse("holds no tensor of this network");
    for (const auto& [name, spec] : specs) found.unused.push_back(name);
    const at::NoGradGuard no_grad;
    parameters.values().copy_(flat);
    return found;
}

const nn::Parameters& only(const nn::Parameters& parameters, const std::string& names) {
    if (names.empty()) return parameters;
    std::vector<std::string> parts;
    std::istringstream stream(names);
    for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
    std::set<std::string> used;
    for (const auto& entry : parameters.entries()) {
        bool wanted = false;
        for (const auto& part : parts)
            if (begins_with_part(entry.name, part)) {
                wanted = true;
                used.insert(part);
            }
        at::Tensor(entry.value).set_requires_grad(wanted);
    }
    for (const auto& part : parts)
        if (!used.count(part))
            throw Error(ErrorKind::usage, "no parameter of this network is called '" + part + "'",
                        "parts are pocket, ligand, fusion, pair, readout, memory and retrieval");
    return parameters;
}

void pull_towards(const at::Tensor& start, const nn::Parameters& parameters, double weight) {
    const at::NoGradGuard no_grad;
    // What is held fixed has not moved: its term is zero.
    at::Tensor(parameters.gradients()).add_(parameters.values() - start, weight);
}

}  // namespace keyway::model
