/// The network as the rest of keyway sees it: one page, no LibTorch header.
///
/// LibTorch costs half a second to load, so it lives in the shared library `libkeyway_network.so`, which
/// `network()` opens on first use. Verbs that need no network never pay for it.
#pragma once

#include "keyway/core/affinity.hpp"
#include "keyway/model/passport.hpp"
#include "keyway/sample/ligand_graph.hpp"
#include "keyway/sample/pocket_graph.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace keyway::model {

struct Prediction {
    float pk = 0;     ///< -log10(K in mol/L); higher is tighter
    float pk_sd = 0;  ///< standard deviation: the variance head times Passport::pk_sd_scale
};

/// One term of the read-out's sum: pk = sum of `pk` over all contacts + pooled term + bias.
struct Contact {
    int ligand_atom = 0, pocket_atom = 0;  ///< indices into the graphs
    float gate = 0;                        ///< probability-like contact gate
    float pk = 0;                          ///< gate times energy
};

struct Explanation {
    Prediction prediction;
    float pooled_pk = 0;            ///< the pooled term, the bias and what remembered pockets add
    std::vector<Contact> contacts;  ///< all pairs of ligand atom and pocket token
    /// Grounded models: where in the pocket's frame the network puts each ligand atom [A]; else empty.
    std::vector<std::array<float, 3>> anchor_in_pocket = {};
};

/// A pocket encoded once, with keys and values for every fusion layer. Immutable, shareable.
class EncodedPocket {
public:
    virtual ~EncodedPocket() = default;
    virtual std::span<const float> retrieval_vector() const = 0;
};

/// Of the large matrix products over ligand atoms; everything else is fp32. bf16 is about half as fast again
/// and moves a score by about 0.01 pK.
enum class Precision { fp32, bf16 };

enum class PocketUse { full, blanked };  ///< blanked: the model's own "no pocket" input, for baselines

/// A trained model, ready to score. All const members may be called from many threads at once.
/// A score depends on the pocket and the ligand only: never on batch, thread, order or neighbours
/// (bit-identical on CPU).
class Predictor {
public:
    virtual ~Predictor() = default;
    virtual const Passport& passport() const = 0;
    virtual std::shared_ptr<const EncodedPocket> encode(const PocketGraph& pocket,
                                                        PocketUse use = PocketUse::full) const = 0;
    virtual std::vector<Prediction> predict(const EncodedPocket& pocket,
                                            std::span<const LigandGraph> ligands) const = 0;
    /// [ligands, R], unit length, independent of any pocket: the dot product with a pocket's vector orders
    /// ligands roughly as `predict` does, at the cost of R products. For prefilters over stored vectors.
    virtual std::vector<float> retrieval_vectors(std::span<const LigandGraph> ligands) const = 0;
    virtual Explanation explain(const EncodedPocket& pocket, const LigandGraph& ligand) const = 0;
};

/// One optimisation step's worth of data. Rows point into `pockets` and `ligands`.
struct TrainBatch {
    struct Row {
        int pocket = 0, ligand = 0;
        float pk = 0;
        Relation relation = Relation::equal;
        int assay = 0;  ///< rows of one assay are compared with each other
        float weight = 1;
        /// The absolute loss sees these rows of an assay up to one common shift (`absolute_loss`): for kinds
        /// of measure that depend on the conditions, such as IC50.
        bool free_offset = false;
    };
    /// A known bound pose; the pair need not have a row.
    struct Pose {
        int pocket = 0, ligand = 0;
        /// [atoms * 3] heavy atoms in the order of the ligand's graph, frame of
        /// `PocketGraph::position_in_pocket` [A].
        std::span<const float> position_in_pocket;
    };
    /// Distances inside a ligand, from a computed conformer.
    struct IntraDistances {
        int ligand = 0;
        /// [atoms * (atoms - 1) / 2] heavy atom pairs (0, 1), (0, 2) .. (1, 2) .. in steps of 0.1 A, rounded;
        /// 255: 25.5 A or more.
        std::span<const std::uint8_t> tenth_angstrom;
    };
    std::vector<const PocketGraph*> pockets;
    std::vector<const LigandGraph*> ligands;
    std::vector<Row> rows;  ///< may be empty where there are poses
    std::vector<Pose> poses;
    std::vector<IntraDistances> intra_distances;  ///< of the ligands that have them
    float loss_weight = 1;                        ///< factor of the whole batch's loss
    /// One number for each pocket: pockets of one number (homologs) are never contrasted. Empty: all differ.
    std::vector<int> cluster_of_pocket;
};

struct OptimiserOptions {
    double learning_rate = 1e-3;  ///< peak; the schedule is the caller's
    double weight_decay = 0.01;
    double beta1 = 0.9, beta2 = 0.999;
    double clip_norm = 1.0;
    double ema_decay = 0.999;  ///< less in the first steps: min(ema_decay, (1 + t) / (10 + t))
    double initial_pk = 6.5;   ///< where predictions start: the mean pK of the training rows
    double huber_delta = 1.0;
    double absolute_weight = 0.3;   ///< Huber on pK (censored rows one-sided)
    double pairwise_weight = 1.0;   ///< Huber on differences of all pairs inside an assay
    double listwise_weight = 0;     ///< cross-entropy of the observed and predicted order inside an assay
    double selectivity_weight = 0;  ///< Huber on differences of one compound between pockets of the batch
    double contrast_weight = 0;     ///< InfoNCE between pocket and ligand vectors of the batch
    double memory_weight = 1;       ///< Huber on pK that teaches what remembered pockets add and nothing else
    double own_memory_dropout = 0.3;  ///< probability that a batch's pockets cannot remember themselves
    double retrieval_weight = 0;      ///< the vectors' dot product learns the model's own differences
    double anchor_weight = 0;    ///< Huber on anchors' distance to known atom positions [A]; grounded models
    double distance_weight = 0;  ///< cross-entropy of distance bins, ligand atoms to pocket, known poses
    double intra_distance_weight =
        0;                         ///< cross-entropy of distance bins inside ligands, poses and conformers
    double variance_weight = 0.1;  ///< Gaussian likelihood of the variance head (gradient to that head only)
    double pocket_dropout = 0.2;   ///< probability that a batch sees the blanked pocket
    double coordinate_noise_angstrom = 0.1;
    double mirror_probability = 0.5;  ///< reflect pocket and flip all stereocentres together
    /// Masked pretraining: cross-entropies of hidden residues and ligand atoms plus the squared error of the
    /// atoms' hydrogens, summed. Needs no labels; the heads stay in the trainer and its checkpoints.
    double mask_weight = 0;
    double mask_share = 0.15;  ///< of the residues with a token, of the ligand's atoms
    /// L2-SP (arXiv:1802.01483): half of this times the squared distance to the weights of `load_weights`.
    double pull_weight = 0;
    /// What is learnt: parameters whose name is one of these, comma-separated, or starts with one and a dot
    /// ("fusion,pair,readout"). Empty: all.
    std::string trainable;

    /// Throws Error(usage) and names the field.
    void check() const;
};

/// How a weights file fits a network, by tensor name.
struct StartingWeights {
    std::vector<std::string> taken;
    std::vector<std::string> missing;  ///< not in the file: they keep their random start
    std::vector<std::string> unused;   ///< in the file, but not in the network
};

/// What is hidden, and from whom. pocket_blanked: atoms are guessed without a pocket; ligand_hidden: residues
/// are guessed beside a ligand of which only the bonds are left.
enum class MaskedView { both, pocket_blanked, ligand_hidden };

/// Hidden parts of a batch and how many were guessed right.
struct MaskedResult {
    struct Classes {
        std::map<int, int> asked;  ///< class of `columns.hpp` -> how often
        int right = 0;
    };
    Classes residue_type, element;
    /// Of the hydrogens on hidden atoms: of the guess, and sums for the baseline that always says the mean.
    double hydrogens_squared_error = 0, hydrogens_sum = 0, hydrogens_sum_of_squares = 0;
};

struct StepResult {
    double loss = 0;
    std::map<std::string, double> terms;  ///< unweighted, by name: "absolute", "pairwise", ...
    double gradient_norm = 0;             ///< before clipping
    bool finite = true;                   ///< false: the step was skipped
};

/// How well a model knows where ligands lie.
struct PoseMetrics {
    /// By atom of every pose: how far the anchor is from where the atom is [A]; empty for models without
    /// grounding. Beside it the mean of the pocket's tokens: what an anchor must beat.
    std::vector<float> anchor_error_angstrom, centroid_error_angstrom;
    double distance_loss = 0;  ///< the loss that `distance_weight` weighs
};

/// The end of a step over `batches` batches, some of which may have been added in other processes.
struct StepEnd {
    double learning_rate = 0;
    int batches = 1;
    /// Replaces each number by its sum over the processes. Empty: this process has seen all batches.
    /// From a GPU the gradients pass through a copy in main memory, unless there is `sum_on_gpu`.
    std::function<void(std::span<float>)> sum_over_processes = {};
    /// The same for numbers in a GPU's memory, called with that GPU as CUDA's current one. They are made and
    /// used on CUDA's default stream; `is_done`: it has nothing left to do. Empty, or parameters on the CPU:
    /// `sum_over_processes`.
    std::function<void(std::span<float> on_gpu, const std::function<bool()>& is_done)> sum_on_gpu = {};
};

/// A model under training: forward, backward, optimiser, EMA. The loop, the data order, the schedule, the
/// checkpoints' timing and early stopping belong to `workflows::train`.
class Trainer {
public:
    virtual ~Trainer() = default;
    virtual StepResult step(const TrainBatch& batch, double learning_rate) = 0;

    /// A step over several batches with the mean of their gradients: `start_step`, `add_gradient` for each
    /// batch, `finish_step`. `seed` decides the batch's noise, mirroring and dropout, so it does not matter
    /// which process adds it. If any batch's loss was not finite the step must not be finished.
    virtual void start_step() = 0;
    virtual StepResult add_gradient(const TrainBatch& batch, std::uint64_t seed) = 0;
    /// Clipping, AdamW and EMA. Sets `gradient_norm` and `finite` of the result.
    virtual StepResult finish_step(const StepEnd& end) = 0;
    /// With EMA weights and without dropout, one prediction for each row.
    virtual std::vector<Prediction> predict(const TrainBatch& batch, PocketUse use) = 0;
    /// The batch's poses, with EMA weights, without augmentation; rows do not matter.
    virtual PoseMetrics evaluate_poses(const TrainBatch& batch) = 0;
    /// With EMA weights and without dropout, hidden parts of the batch, drawn from `seed`. Throws
    /// Error(failure) without `OptimiserOptions::mask_weight`.
    virtual MaskedResult predict_masked(const TrainBatch& batch, MaskedView view, std::uint64_t seed) = 0;
    virtual std::uint64_t parameter_count() const = 0;
    /// EMA weights and passport, atomically. Golden scores are computed here and stored.
    virtual void save_weights(const std::filesystem::path& path, Passport passport) = 0;
    /// Everything that a bit-identical continuation needs (weights, moments, EMA, random state, steps)
    /// plus the caller's own text, atomically.
    virtual void save_checkpoint(const std::filesystem::path& path, const std::string& caller_state) = 0;
    /// Returns the caller's text. Throws Error(incompatible) if it belongs to another configuration.
    virtual std::string load_checkpoint(const std::filesystem::path& path) = 0;
    /// Starts from the weights of a model, its average too; the optimiser starts anew. Throws Error(input)
    /// for a missing file, Error(incompatible), changing nothing, for a damaged one, another feature version,
    /// a tensor of another shape, or a file without any tensor of this network.
    virtual StartingWeights load_weights(const std::filesystem::path& path) = 0;

    /// Fills the network's memory of pockets (`ModelConfig::remembered_pockets`) before the first step; at
    /// most so many. Weights or a checkpoint that are loaded later replace it.
    virtual void remember(std::span<const PocketGraph* const> pockets) = 0;
};

struct DeviceInfo {
    std::string torch_version, blas, cpu_capability;
    bool cuda_available = false;
    std::vector<std::string> cuda_devices;
};

/// The door. Implemented in `libkeyway_network.so`, by a fake in tests.
class Network {
public:
    virtual ~Network() = default;
    /// device: "auto", "cpu", "cuda", "cuda:k". Throws Error(input) for a missing file, Error(incompatible)
    /// for a damaged or unfitting one (names, shapes, checksum, feature version, golden scores), Error(usage)
    /// where bf16 cannot be had: not on the CPU, no such instructions, channels that do not fit.
    virtual std::unique_ptr<Predictor> load(const std::filesystem::path& weights, const std::string& device,
                                            Precision precision = Precision::fp32) const = 0;
    virtual std::unique_ptr<Trainer> make_trainer(const ModelConfig& config, const OptimiserOptions& options,
                                                  std::uint64_t seed, const std::string& device) const = 0;
    virtual DeviceInfo info() const = 0;
    /// Threads that one call of LibTorch may use (default 1: parallelism is over ligands).
    virtual void set_intra_op_threads(int threads) const = 0;
};

/// Opens the shared library beside the program (or `$KEYWAY_NETWORK_LIBRARY`). Throws Error(failure)
/// with the loader's reason.
const Network& network();

/// Passport of a weights file without loading LibTorch. Throws like `Network::load`, less the golden scores.
Passport read_passport(const std::filesystem::path& weights);

/// "fast" -> the installed `models/fast/weights.safetensors`; a path stays a path.
/// Throws Error(usage) that lists the names there are.
std::filesystem::path resolve_model(const std::string& name_or_path);

}  // namespace keyway::model
