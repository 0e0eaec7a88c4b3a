/// All trainable numbers of a network: named tensors that are views of ONE flat array, with their gradients
/// in another.
///
/// Layers declare what they need (`Scope::add`), then `allocate` lays everything out in order of declaration
/// and fills it. After that the optimiser, EMA, clipping, all-reduce and checkpoints work on `values()` and
/// `gradients()` as plain vectors, and files go by `entries()`.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace keyway::nn {

/// How a parameter starts: constant, or normal with mean 0 and this standard deviation.
struct Init {
    double constant = 0, deviation = 0;
    bool decays =
        false;  ///< weight decay is meant for it: matrices of linear layers, not biases, gains or tables
    static Init zeros() { return {}; }
    static Init ones() { return {.constant = 1}; }
    static Init value(double v) { return {.constant = v}; }
    static Init normal(double deviation) { return {.deviation = deviation}; }
    static Init matrix(double deviation) { return {.deviation = deviation, .decays = true}; }
};

/// A handle to a tensor that exists once the registry has allocated: `*weight`.
class Parameter {
public:
    Parameter() = default;
    explicit Parameter(const at::Tensor* tensor) : tensor_(tensor) {}
    const at::Tensor& operator*() const { return *tensor_; }
    const at::Tensor* operator->() const { return tensor_; }

private:
    const at::Tensor* tensor_ = nullptr;
};

class Parameters {
public:
    struct Entry {
        std::string name;
        std::vector<std::int64_t> shape;
        Init init;
        std::int64_t offset = 0, count = 0;  ///< place in the flat arrays [numbers]
        bool decays = false;                 ///< as `Init::decays`
        at::Tensor value;                    ///< leaf, requires_grad; its .grad is a view of `gradients()`
    };
    /// `zero` where every number comes from elsewhere: a million draws take 0.1 s.
    enum class Start { drawn, zero };
    struct Layout {
        at::ScalarType dtype = at::kFloat;
        at::Device device = at::kCPU;
        std::uint64_t seed = 0;
        Start start = Start::drawn;
    };

    Parameters() = default;
    Parameters(const Parameters&) = delete;
    Parameters& operator=(const Parameters&) = delete;

    /// Names are unique. Throws Error(failure) for a second use, or after `allocate`.
    Parameter add(const std::string& name, const std::vector<std::int64_t>& shape, Init init);
    /// Every entry draws from its own stream (seed, name), so adding a layer leaves the others' start
    /// unchanged.
    void allocate(const Layout& layout);

    const std::deque<Entry>& entries() const { return entries_; }
    const Entry& entry(const std::string& name) const;  ///< Throws Error(failure) for an unknown name.
    std::int64_t count() const { return count_; }
    at::Tensor values() const { return values_; }        ///< [count]; write in place, never during backward
    at::Tensor gradients() const { return gradients_; }  ///< [count]; `backward()` adds to it
    void zero_gradients() const;
    at::ScalarType dtype() const;
    at::Device device() const;

private:
    std::deque<Entry> entries_;
    std::int64_t count_ = 0;
    at::Tensor values_, gradients_;
};

/// A place in the tree of names: `Scope(parameters) / "fusion" / "0"` adds "fusion.0.<name>".
class Scope {
public:
    explicit Scope(Parameters& parameters, std::string prefix = {})
        : parameters_(parameters), prefix_(std::move(prefix)) {}
    Scope operator/(const std::string& name) const {
        return Scope(parameters_, prefix_.empty() ? name : prefix_ + "." + name);
    }
    Scope operator/(int index) const { return *this / std::to_string(index); }
    Parameter add(const std::string& name, const std::vector<std::int64_t>& shape, Init init) const {
        return parameters_.add((*this / name).prefix_, shape, init);
    }

private:
    Parameters& parameters_;
    std::string prefix_;
};

}  // namespace keyway::nn
