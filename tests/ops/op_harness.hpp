/// One operation in two versions: the reference in double precision judges the fast one of every instruction
/// set.
#pragma once

#include "ops/cpu/kernels.hpp"
#include "ops/cpu/training_kernels.hpp"
#include "support/tensors.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace keyway::testing {

using Tensors = std::vector<at::Tensor>;
using Operation = std::function<Tensors(const Tensors&)>;

struct OperationPair {
    Operation reference, fast;
    Tensors inputs;  ///< fp64
};

/// `wrap` makes a function of tensors out of either version.
template <class Version, class Wrap>
OperationPair both(Version* reference, Version* fast, const Tensors& inputs, const Wrap& wrap) {
    return {wrap(reference), wrap(fast), inputs};
}

/// Outputs, then gradients of sum(output * fixed random numbers) with respect to the inputs, in `type`. An
/// input without influence has gradient zero.
inline Tensors values_and_gradients(const Operation& operation, const Tensors& inputs, at::ScalarType type) {
    Tensors x;
    for (const at::Tensor& input : inputs) x.push_back(input.to(type).detach().clone().requires_grad_());
    const Tensors y = operation(x);
    at::Tensor total = at::zeros({}, type);
    Tensors out;
    std::uint64_t seed = 700;
    for (const at::Tensor& value : y) {
        total = total + (value * random_tensor(value.sizes().vec(), ++seed).to(type)).sum();
        out.push_back(value.detach());
    }
    if (total.requires_grad()) total.backward();
    for (const at::Tensor& input : x)
        out.push_back(input.grad().defined() ? input.grad() : at::zeros_like(input));
    return out;
}

/// Runs `work` once for each instruction set that this CPU has; a failure names it.
inline void for_each_instruction_set(const std::function<void()>& work) {
    const auto* atoms_before = ops::cpu::kernels_in_use();
    const auto* training_before = ops::cpu::training_kernels();
    const auto atoms = ops::cpu::runnable_kernels();
    const auto training = ops::cpu::runnable_training_kernels();
    ASSERT_EQ(atoms.size(), training.size());
    for (std::size_t k = 0; k < atoms.size(); ++k) {
        SCOPED_TRACE(atoms[k]->isa);
        ops::cpu::use_kernels(atoms[k]);
        ops::cpu::use_training_kernels(training[k]);
        work();
    }
    ops::cpu::use_kernels(atoms_before);
    ops::cpu::use_training_kernels(training_before);
}

/// Largest |difference| / (1 + largest |expected|) of each array.
inline void expect_close(const Tensors& found, const Tensors& expected, double tolerance) {
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t k = 0; k < found.size(); ++k) {
        const double scale = expected[k].numel() ? 1 + expected[k].abs().max().item<double>() : 1;
        EXPECT_LT(difference(found[k].to(at::kDouble), expected[k]) / scale, tolerance)
            << "output or gradient " << k << " of " << found.size();
    }
}

inline void expect_fast_is_reference(const OperationPair& pair, double tolerance = 1e-5) {
    const Tensors expected = values_and_gradients(pair.reference, pair.inputs, at::kDouble);
    for_each_instruction_set(
        [&] { expect_close(values_and_gradients(pair.fast, pair.inputs, at::kFloat), expected, tolerance); });
}

}  // namespace keyway::testing
