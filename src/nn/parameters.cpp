/// The flat arena and its deterministic start.
#include "keyway/nn/parameters.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/random.hpp"

#include <ATen/ATen.h>

#include <cmath>

namespace keyway::nn {

namespace {

// FNV-1a over the name, started from the seed: every parameter has its own stream.
std::uint64_t stream_of(const std::string& name, std::uint64_t seed) {
    std::uint64_t hash = 14695981039346656037ULL ^ (seed * 0x9E3779B97F4A7C15ULL);
    for (const unsigned char c : name) hash = (hash ^ c) * 1099511628211ULL;
    return hash;
}

void fill(double* out, const Parameters::Entry& entry, std::uint64_t seed) {
    Random random(stream_of(entry.name, seed));
    for (std::int64_t k = 0; k < entry.count; ++k)
        out[k] =
            entry.init.constant + (entry.init.deviation > 0 ? entry.init.deviation * random.normal() : 0);
}

}  // namespace

Parameter Parameters::add(const std::string& name, const std::vector<std::int64_t>& shape, Init init) {
    if (values_.defined())
        throw Error(ErrorKind::failure, "parameter " + name + " is declared after allocation");
    for (const Entry& entry : entries_)
        if (entry.name == name) throw Error(ErrorKind::failure, "parameter " + name + " is declared twice");
    Entry entry{
        .name = name, .shape = shape, .init = init, .offset = count_, .count = 1, .decays = init.decays};
    for (const auto size : shape) entry.count *= size;
    count_ += entry.count;
    entries_.push_back(std::move(entry));
    return Parameter(&entries_.back().value);
}

void Parameters::allocate(const Layout& layout) {
    const at::Tensor start = at::zeros({count_}, at::kDouble);
    if (layout.start == Start::drawn)
        for (const Entry& entry : entries_) fill(start.data_ptr<double>() + entry.offset, entry, layout.seed);
    values_ = start.to(at::TensorOptions(layout.device).dtype(layout.dtype)).clone();
    gradients_ = at::zeros_like(values_);
    for (Entry& entry : entries_) {
        entry.value = values_.narrow(0, entry.offset, entry.count).view(entry.shape).detach();
        entry.value.set_requires_grad(true);
        entry.value.mutable_grad() = gradients_.narrow(0, entry.offset, entry.count).view(entry.shape);
    }
}

const Parameters::Entry& Parameters::entry(const std::string& name) const {
    for (const Entry& entry : entries_)
        if (entry.name == name) return entry;
    throw Error(ErrorKind::failure, "no parameter is called " + name);
}

void Parameters::zero_gradients() const { at::Tensor(gradients_).zero_(); }
at::ScalarType Parameters::dtype() const { return values_.scalar_type(); }
at::Device Parameters::device() const { return values_.device(); }

}  // namespace keyway::nn
