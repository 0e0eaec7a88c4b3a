/// What the tests of the network start from: a small configuration, complexes of many sizes, all outputs side
/// by side, and gradients by finite differences.
#pragma once

#include "model/affinity_model.hpp"
#include "support/synthetic.hpp"
#include "support/tensors.hpp"

#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace keyway::model {

using namespace testing;
using batch::Batch;

inline ModelConfig tiny() {
    return {.pocket_channels = 16,
            .pocket_layers = 2,
            .pocket_heads = 2,
            .edge_cutoff_angstrom = 5,
            .spline_knots = 8,
            .ligand_channels = 16,
            .ligand_layers = 2,
            .stereo_coordinates = 4,
            .fusion_layers = 3,
            .fusion_heads = 2,
            .fingerprint_sum = true,
            .remembered_pockets = 3,
            .memory_channels = 4,
            .pair_channels = 8,
            .distance_bins = 4,
            .retrieval_channels = 8};
}

struct Complexes {
    std::vector<PocketGraph> pockets;
    std::vector<LigandGraph> ligands;
    std::vector<int> pocket_of_ligand;

    Batch collated(batch::CollateOptions options = {}) const {
        std::vector<const PocketGraph*> p;
        std::vector<const LigandGraph*> l;
        for (const PocketGraph& pocket : pockets) p.push_back(&pocket);
        for (const LigandGraph& ligand : ligands) l.push_back(&ligand);
        options.edge_cutoff_angstrom = tiny().edge_cutoff_angstrom;
        return batch::collate(p, l, pocket_of_ligand, options);
    }
};

/// Three pockets and five ligands of many sizes, one atom among them.
inline Complexes five() {
    return {{random_pocket(1, 60), random_pocket(2, 33), random_pocket(3, 96)},
            {random_ligand(1, 20), random_ligand(2, 1), random_ligand(3, 31), random_ligand(4, 8),
             random_ligand(5, 12)},
            {0, 2, 1, 0, 2}};
}

inline batch::CollateOptions in(at::ScalarType dtype) { return {.dtype = dtype}; }

/// All numbers that must not depend on the frame, side by side.
inline at::Tensor scalars(const Output& o) {
    return at::cat({o.pk, o.pair_pk, o.pooled, o.recalled, o.log_variance, o.retrieval_ligand.flatten(),
                    o.pair_gate, o.pair_energy, o.distance_logits.flatten()});
}

inline constexpr ForwardOptions kEverything{.pairs = true, .distance_bins = true};

inline at::Tensor relative(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs() / (1 + b.abs()); }

inline ModelConfig grounded_tiny() {
    ModelConfig config = tiny();
    config.grounding = true;
    config.intra_distance_bins = 5;
    return config;
}

inline constexpr const char* kBiasTable = "grounding.radial_table";

/// These pockets are known from the start: a fresh network remembers none.
inline void remember(const AffinityModel& model, const std::vector<PocketGraph>& pockets) {
    const at::Tensor composition = Complexes{pockets, {random_ligand(1, 1)}, {0}}
                                       .collated(in(model.parameters().dtype()))
                                       .pockets.composition;
    const auto of = [&](const char* name) { return model.parameters().entry(name).value.detach(); };
    of(kMemoryKeyName).narrow(0, 0, composition.size(0)).copy_(composition);
    for (const char* name : {"memory.value", "memory.level"})
        of(name).copy_(random_tensor(of(name).sizes().vec(), 71));
}

/// Distances matter from the start: a fresh grounded network does not look at them.
inline void open_eyes(const AffinityModel& model) {
    const at::Tensor table = model.parameters().entry(kBiasTable).value.detach();
    table.copy_(random_tensor(table.sizes().vec(), 70));
}

inline AffinityModel fp64_model(ModelConfig config) { return {config, {.dtype = at::kDouble, .seed = 1}}; }

inline at::Tensor scores(const AffinityModel& model, const Complexes& complexes,
                         batch::CollateOptions options = in(at::kDouble)) {
    const c10::NoGradGuard no_grad;
    return model.forward(complexes.collated(options)).pk;
}

inline AffinityModel grounded_model(ModelConfig config = grounded_tiny()) {
    return {config, {.dtype = at::kDouble, .seed = 1}};
}

/// Every loss there is, through every parameter but those of the variance head.
inline void expect_finite_difference_gradients(const ModelConfig& config) {
    const AffinityModel model(config, {.dtype = at::kDouble, .seed = 3});
    if (config.grounding) open_eyes(model);
    remember(model, {random_pocket(1, 16), random_pocket(3, 20)});
    const Complexes complexes{
        {random_pocket(1, 16), random_pocket(2, 12)}, {random_ligand(1, 6), random_ligand(2, 1)}, {0, 1}};
    const Batch full = complexes.collated(in(at::kDouble));
    const Batch blank =
        complexes.collated({.dtype = at::kDouble, .pocket_input = batch::PocketInput::blanked});
    const auto loss = [&] {
        const EncodedPockets encoded = model.encode_pockets(full.pockets);
        const Output o = model.forward(encoded, full.ligands, kEverything), b = model.forward(blank);
        // Cubes weigh every output differently and keep the variance head, whose input is detached, apart.
        at::Tensor sum = o.pk.pow(3).sum() / 50 + b.pk.sum() + o.distance_logits.pow(3).sum() +
                         o.retrieval_ligand.pow(3).sum() + encoded.retrieval.pow(3).sum();
        if (config.grounding) sum = sum + o.anchor.pow(3).sum() / 10;
        if (config.intra_distance_bins > 0)
            sum = sum + model.intra_distance_logits(o.ligand_atom, index_of({0, 1, 4}), index_of({2, 5, 5}))
                            .pow(3)
                            .sum();
        return sum;
    };
    loss().backward();
    int checked = 0;
    double largest = 0;
    for (const auto& entry : model.parameters().entries()) {
        if (entry.name.find("log_variance") != std::string::npos || entry.name == kMemoryKeyName) continue;
        for (std::int64_t k = 0; k < entry.count;
             k += std::max<std::int64_t>(1, (entry.count + 1) / 2), ++checked) {
            const c10::NoGradGuard no_grad;
            at::Tensor number = model.parameters().values().narrow(0, entry.offset + k, 1);
            const double start = number.item<double>(), step = 1e-5;
            number.fill_(start + step);
            const double up = loss().item<double>();
            number.fill_(start - step);
            const double numeric = (up - loss().item<double>()) / (2 * step);
            number.fill_(start);
            const double analytic = model.parameters().gradients()[entry.offset + k].item<double>();
            ASSERT_NEAR(analytic, numeric, 2e-6 * (1 + std::abs(numeric))) << entry.name << " [" << k << "]";
            largest = std::max(largest, std::abs(numeric));
        }
    }
    EXPECT_GT(checked, 120);
    EXPECT_GT(largest, 0.1);
}

}  // namespace keyway::model
