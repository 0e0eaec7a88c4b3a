/// Inference on the CPU at the speed of the arithmetic: the ligand side of AffinityModel on raw buffers.
///
/// Computes what AffinityModel::forward defines, in fp32, to rounding (1e-4 pK); with bf16 products in the
/// layers over atoms, to about 0.01 pK. Ligands go in chunks, so
/// that matrix products have enough rows; each number of a ligand is made by the same instructions whatever
/// its neighbours, so a score has the same bits alone and in any batch, order and thread.
#pragma once

#include "model/cpu_engine_weights.hpp"

#include "keyway/model/network.hpp"

#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace keyway::model {

/// Immutable after construction but for a pool of buffers; every call may come from any thread.
class CpuEngine {
public:
    /// True for models that the kernels fit: fp32 on the CPU, heads of a multiple of 4 channels.
    static bool fits(const AffinityModel& model);

    /// Copies the weights. Throws Error(usage) for bf16 on a CPU without such instructions.
    explicit CpuEngine(const AffinityModel& model, Precision precision = Precision::fp32);
    /// For tests and benchmarks: kernels of a chosen instruction set.
    CpuEngine(const AffinityModel& model, const ops::cpu::LigandKernels& kernels);
    ~CpuEngine();

    EnginePocket prepare(const EncodedPockets& pocket) const { return {weights_.config, pocket}; }
    /// Throws Error(input) for a ligand without atoms, Error(failure) for a graph that fails its own check.
    std::vector<Prediction> predict(const EnginePocket& pocket, std::span<const LigandGraph> ligands) const;
    /// [ligands, R], see Predictor::retrieval_vectors; same errors as `predict`.
    std::vector<float> retrieval_vectors(std::span<const LigandGraph> ligands) const;

private:
    template <class Work>
    void for_each_chunk(std::span<const LigandGraph> ligands, Work&& work) const;

    class Workspace;
    struct Borrowed;

    EngineWeights weights_;
    const ops::cpu::LigandKernels& run_;
    mutable std::mutex mutex_;
    mutable std::vector<std::unique_ptr<Workspace>> idle_;  // one for each thread that ever called at once
};

}  // namespace keyway::model
