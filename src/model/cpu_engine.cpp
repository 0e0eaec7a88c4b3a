/// The walk: the same layers in the same order as src/nn/{ligand_encoder,fusion,readout}.cpp.
#include "model/cpu_engine.hpp"

#include "model/cpu_engine_chunk.hpp"

#include "keyway/core/error.hpp"
#include "keyway/sample/columns.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace keyway::model {

using namespace ops::cpu;

namespace {

/// A chunk shares what it costs to bring each weight into the caches, and leaves activations in the second
/// one. Of 26 to 1000 atoms tried with `base` and 512 kB of that, those near 320 differ within noise.
constexpr std::size_t kAtomsPerChunk = 320, kLigandsPerChunk = 16;
constexpr std::int64_t kRowsTogether = 4 * kWholeTiles;

/// A reused buffer of rows.
class Buffer {
public:
    /// Room for `rows` and the spare ones; grows only. Fresh memory is zero.
    Rows rows(std::int64_t count, std::int64_t channels) {
        const std::int64_t step = round_up(channels, kPanel);
        return {flat((count + kSpareRows) * step), step};
    }
    float* flat(std::int64_t size) {
        if (static_cast<std::int64_t>(memory_.size()) < size) memory_.assign(size, 0);
        return memory_.data();
    }

private:
    Floats memory_;
};

/// Raw pointers would not notice a pocket of another network.
void check_pocket(const EngineWeights& weights, const EnginePocket& pocket) {
    const auto holds = [&](const Floats& x, std::int64_t channels) {
        return static_cast<std::int64_t>(x.size()) == channels * pocket.token_step;
    };
    bool fits = pocket.tokens > 0 && pocket.layers.size() == weights.fusion.size() &&
                holds(pocket.gate, weights.config.pair_channels);
    if (!pocket.position.empty())
        fits = fits && weights.grounding && holds(pocket.position, 3) &&
               holds(pocket.anchor_key, weights.config.ligand_channels) &&
               holds(pocket.anchor_value, weights.config.ligand_channels);
    for (std::size_t k = 0; fits && k < pocket.layers.size(); ++k) {
        const EnginePocket::Layer& layer = pocket.layers[k];
        fits = holds(layer.key, weights.config.ligand_channels) &&
               (!weights.fusion[k].reverse || holds(layer.query, weights.config.ligand_channels));
    }
    if (!fits) throw Error(ErrorKind::failure, "this pocket was encoded by another network");
}

Rows from_row(Rows rows, std::int64_t row) { return {rows[row], rows.step}; }
Rows shifted(Rows rows, std::int64_t columns) { return {rows.data + columns, rows.step}; }

}  // namespace

/// One worker's buffers. Methods are the layers; state [A, d] is `h`.
class CpuEngine::Workspace {
public:
    std::vector<Prediction> predict(const EngineWeights& weights, const LigandKernels& run,
                                    const EnginePocket& pocket, std::span<const LigandGraph> ligands);
    /// Appends [ligands, R].
    void retrieve(const EngineWeights& weights, const LigandKernels& run,
                  std::span<const LigandGraph> ligands, std::vector<float>& vectors);

private:
    struct Call {
        const EngineWeights& weights;
        const LigandKernels& run;
        const EnginePocket& pocket;  ///< not looked at by `encode`
    };
    void encode(const Call& call);
    void gine(const Call& call, const GineWeights& layer, Rows context);
    Rows stereo_messages(const Call& call, const GineWeights& layer);
    void fuse(const Call& call);
    bool has_places(const Call& call) const { return !call.pocket.position.empty(); }
    void find_places(const Call& call);
    const float* attention_bias(const Call& call, const Heads& size, std::int64_t ligand);
    void meet_pocket(const Call& call, int layer, Rows query, Rows seen);
    struct HeadOf {
        std::int64_t ligand;
        int head;
    };
    KeyValue updated_keys(const Call& call, int layer, HeadOf at, const Heads& size);
    std::vector<Prediction> read_out(const Call& call);
    void dense(const Call& call, std::int64_t rows, Rows x, const DenseWeights& layer, Activation activation,
               Rows residual, Rows y);
    void mlp(const Call& call, const MlpWeights& layers, std::int64_t rows, Rows x, Rows residual, Rows y);
    Heads heads(const Call& call, std::int64_t ligand);

    LigandChunk chunk_;
    Rows h_;
    Rows answer_key_, answer_value_;
    Buffer state_, normed_, hidden_, query_, key_, value_, node_, pooled_, outputs_, more_outputs_;
    Buffer seen_, mix_, anchors_, bias_, gate_bias_;
    Buffer stereo_in_, stereo_point_, volume_, message_, scratch_, changes_, updated_;
    Halves rounded_;
};

std::vector<Prediction> CpuEngine::Workspace::predict(const EngineWeights& weights, const LigandKernels& run,
                                                      const EnginePocket& pocket,
                                                      std::span<const LigandGraph> ligands) {
    chunk_.assign(ligands);
    const Call call{weights, run, pocket};
    encode(call);
    fuse(call);
    return read_out(call);
}

void CpuEngine::Workspace::encode(const Call& call) {
    const EngineWeights& w = call.weights;
    const std::int64_t d = w.config.ligand_channels, ligands = chunk_.ligands();
    h_ = state_.rows(chunk_.atoms(), d);
    float* table = const_cast<float*>(w.embedding.data());
    call.run.embed(chunk_.atoms(), chunk_.feature.data(), kLigandColumnCount, {table, h_.step}, h_);

    const Rows node = node_.rows(ligands, d);
    for (std::int64_t l = 0; l < ligands; ++l) std::copy_n(w.virtual_start.data(), d, node[l]);
    for (std::size_t k = 0; k < w.ligand.size(); ++k) {
        gine(call, w.ligand[k], node);
        if (k >= w.virtual_node.size()) continue;
        const Rows pooled = pooled_.rows(ligands, d);
        for (std::int64_t l = 0; l < ligands; ++l) {
            const std::int64_t size = chunk_.atoms_of(l);
            call.run.sum_rows(size, from_row(h_, chunk_.first_atom(l)),
                              1 / std::sqrt(static_cast<float>(size)), pooled[l]);
        }
        mlp(call, w.virtual_node[k], ligands, pooled, node, node);
    }
}

void CpuEngine::Workspace::dense(const Call& call, std::int64_t rows, Rows x, const DenseWeights& layer,
                                 Activation activation, Rows residual, Rows y) {
    if (layer.half.empty()) return call.run.dense(rows, x, layer.view(), activation, residual, y);
    const auto size = static_cast<std::size_t>((rows + kSpareRows) * x.step);
    if (rounded_.size() < size) rounded_.resize(size);
    dense_bf16()(rows, x, layer.view(rounded_.data()), activation, residual, y);
}

/// A few rows after the other: between its layers they stay in the nearer caches.
void CpuEngine::Workspace::mlp(const Call& call, const MlpWeights& layers, std::int64_t rows, Rows x,
                               Rows residual, Rows y) {
    const Rows hidden = hidden_.rows(std::min(rows, kRowsTogether), layers.first.out);
    for (std::int64_t first = 0; first < rows; first += kRowsTogether) {
        const std::int64_t count = std::min(kRowsTogether, rows - first);
        dense(call, count, from_row(x, first), layers.first, Activation::silu, {}, hidden);
        dense(call, count, hidden, layers.second, Activation::none,
              residual.data ? from_row(residual, first) : residual, from_row(y, first));
    }
}

void CpuEngine::Workspace::gine(const Call& call, const GineWeights& layer, Rows context) {
    const std::int64_t d = call.weights.config.ligand_channels;
    const Rows messages = stereo_messages(call, layer);  // from h before the update
    const Rows input = normed_.rows(chunk_.atoms(), d);
    const Bonds bonds{chunk_.atoms(),
                      chunk_.bond_ptr.data(),
                      chunk_.sender.data(),
                      chunk_.bond_class.data(),
                      layer.embedding.data(),
                      layer.gate.data(),
                      d,
                      chunk_.ligand_of_atom.data(),
                      context};
    call.run.gine_input(bonds, h_, layer.norm.view(), input);
    mlp(call, layer.mlp, chunk_.atoms(), input, h_, h_);
    for (std::size_t s = 0; s < chunk_.centre.size(); ++s)
        call.run.add_row(messages[static_cast<std::int64_t>(s)], h_[chunk_.centre[s]], h_.step);
}

/// [S, d]
Rows CpuEngine::Workspace::stereo_messages(const Call& call, const GineWeights& layer) {
    const ModelConfig& config = call.weights.config;
    const auto centres = static_cast<std::int64_t>(chunk_.centre.size());
    if (centres == 0) return {};
    const Rows normed = stereo_in_.rows(4 * centres, config.ligand_channels);
    const Rows point = stereo_point_.rows(4 * centres, 3 * config.stereo_coordinates);
    const Rows volume = volume_.rows(centres, config.stereo_coordinates);
    const Rows message = message_.rows(centres, config.ligand_channels);
    call.run.layer_norm(4 * centres, h_, chunk_.neighbour_row.data(), layer.stereo_norm.view(), normed);
    dense(call, 4 * centres, normed, layer.stereo_point, Activation::none, {}, point);
    call.run.stereo_volumes({centres, config.stereo_coordinates, point, layer.stereo_hydrogen.data(),
                             chunk_.neighbour.data(), chunk_.sign.data()},
                            volume);
    dense(call, centres, volume, layer.stereo_out, Activation::none, {}, message);
    return message;
}

Heads CpuEngine::Workspace::heads(const Call& call, std::int64_t ligand) {
    const ModelConfig& config = call.weights.config;
    const std::int64_t atoms = chunk_.atoms_of(ligand), width = config.ligand_channels / config.fusion_heads;
    return {.atoms = atoms,
            .heads = config.fusion_heads,
            .width = width,
            .tokens = call.pocket.tokens,
            .token_step = call.pocket.token_step,
            .scratch = scratch_.flat(scratch_floats(atoms, width, call.pocket.token_step))};
}

void CpuEngine::Workspace::fuse(const Call& call) {
    const EngineWeights& w = call.weights;
    const std::int64_t d = w.config.ligand_channels, atoms = chunk_.atoms();
    for (std::size_t k = 0; k < w.fusion.size(); ++k) {
        const FusionWeights& layer = w.fusion[k];
        if (k + 1 == w.fusion.size() && has_places(call)) find_places(call);
        const Rows normed = normed_.rows(atoms, d), query = query_.rows(atoms, d);
        call.run.layer_norm(atoms, h_, nullptr, layer.norm.view(), normed);
        dense(call, atoms, normed, layer.query, Activation::none, {}, query);
        meet_pocket(call, static_cast<int>(k), query, normed);
        dense(call, atoms, normed, layer.out, Activation::none, h_, h_);
        gine(call, layer.gine, {});
        if (!layer.reverse) continue;
        answer_key_ = key_.rows(atoms, d);
        answer_value_ = value_.rows(atoms, 2 * d);
        call.run.layer_norm(atoms, h_, nullptr, layer.reverse->norm.view(), normed);
        dense(call, atoms, normed, layer.reverse->key, Activation::none, {}, answer_key_);
        dense(call, atoms, normed, layer.reverse->value, Activation::none, {}, answer_value_);
    }
}

/// nn::Grounding: the atoms' anchors.
void CpuEngine::Workspace::find_places(const Call& call) {
    const GroundingWeights& w = *call.weights.grounding;
    const ModelConfig& config = call.weights.config;
    const std::int64_t d = config.ligand_channels, atoms = chunk_.atoms(), head_count = config.fusion_heads,
                       width = d / head_count;
    const Rows normed = normed_.rows(atoms, d), query = query_.rows(atoms, d), seen = seen_.rows(atoms, d);
    const Rows mix = mix_.rows(atoms, head_count), offset = outputs_.rows(atoms, head_count * w.vectors);
    call.run.layer_norm(atoms, h_, nullptr, w.norm.view(), normed);
    dense(call, atoms, normed, w.query, Activation::none, {}, query);
    dense(call, atoms, normed, w.mix, Activation::none, {}, mix);
    dense(call, atoms, normed, w.offset, Activation::none, {}, offset);
    const KeyValue keys{const_cast<float*>(call.pocket.anchor_key.data()),
                        const_cast<float*>(call.pocket.anchor_value.data())};
    for (std::int64_t l = 0; l < chunk_.ligands(); ++l) {
        const std::int64_t first = chunk_.first_atom(l);
        call.run.attend(heads(call, l), from_row(query, first), keys, from_row(seen, first));
    }
    float* anchor = anchors_.flat(3 * atoms);
    for (std::int64_t a = 0; a < atoms; ++a, anchor += 3) {
        std::fill_n(anchor, 3, 0.0f);
        float largest = mix[a][0], sum = 0;
        for (std::int64_t h = 1; h < head_count; ++h) largest = std::max(largest, mix[a][h]);
        for (std::int64_t h = 0; h < head_count; ++h) sum += mix[a][h] = std::exp(mix[a][h] - largest);
        for (std::int64_t h = 0; h < head_count; ++h) {
            const float *of_head = seen[a] + h * width, share = mix[a][h] / sum;
            for (int axis = 0; axis < 3; ++axis) anchor[axis] += share * of_head[axis];
            for (std::int64_t k = 0; k < w.vectors; ++k)
                for (int axis = 0; axis < 3; ++axis)
                    anchor[axis] += offset[a][h * w.vectors + k] * of_head[3 * (k + 1) + axis];
        }
    }
}

/// [H, atoms, token_step], good until the next call; the gates' part is kept for the read-out.
const float* CpuEngine::Workspace::attention_bias(const Call& call, const Heads& size, std::int64_t ligand) {
    const GroundingWeights& w = *call.weights.grounding;
    const std::int64_t first = chunk_.first_atom(ligand), pairs = size.atoms * size.token_step;
    float* bias = bias_.flat((size.heads + 1) * pairs);
    call.run.anchor_bias(size,
                         {anchors_.flat(3 * chunk_.atoms()) + 3 * first,
                          call.pocket.position.data(),
                          {w.radial_table.data(), nn::kAnchorKnots, size.heads + 1,
                           static_cast<float>(nn::kAnchorCutoffAngstrom)}},
                         bias);
    std::copy_n(bias + size.heads * pairs, pairs,
                gate_bias_.flat(chunk_.atoms() * size.token_step) + first * size.token_step);
    return bias;
}

/// Attention of every ligand to the pocket as its earlier answers left it.
void CpuEngine::Workspace::meet_pocket(const Call& call, int layer, Rows query, Rows seen) {
    const EnginePocket::Layer& own = call.pocket.layers[layer];
    const bool answered = layer > 0 && call.weights.fusion[layer - 1].reverse;
    const bool biased = layer + 1 == static_cast<int>(call.pocket.layers.size()) && has_places(call);
    const int head_count = call.weights.config.fusion_heads;
    // One head of the pocket before all ligands: it stays in the near caches. A bias is one of all heads.
    const int together = biased ? head_count : 1;
    for (int start = 0; start < head_count; start += together)
        for (std::int64_t l = 0; l < chunk_.ligands(); ++l) {
            Heads one = heads(call, l);
            const float* bias = biased ? attention_bias(call, one, l) : nullptr;
            one.heads = 1;
            const std::int64_t first = chunk_.first_atom(l), head_size = one.width * one.token_step;
            for (int h = start; h < start + together; ++h) {
                KeyValue keys{const_cast<float*>(own.key.data()) + h * head_size,
                              const_cast<float*>(own.value.data()) + h * head_size};
                if (answered) keys = updated_keys(call, layer, {l, h}, one);
                if (bias) one.bias = bias + h * one.atoms * one.token_step;
                call.run.attend(one, shifted(from_row(query, first), h * one.width), keys,
                                shifted(from_row(seen, first), h * one.width));
            }
        }
}

/// Keys and values of a head with all answers so far; good until the next call.
KeyValue CpuEngine::Workspace::updated_keys(const Call& call, int layer, HeadOf at, const Heads& size) {
    const std::vector<FusionWeights>& fusion = call.weights.fusion;
    const std::vector<EnginePocket::Layer>& pocket = call.pocket.layers;
    const std::int64_t head_size = size.width * size.token_step, tokens = at.head * head_size,
                       channel = at.head * size.width, first = chunk_.first_atom(at.ligand);
    float *updated = updated_.flat(2 * head_size),
          *changes = changes_.flat(2 * head_size * call.weights.config.fusion_heads * chunk_.ligands()) +
                     2 * head_size * (at.head * chunk_.ligands() + at.ligand);
    const KeyValue change{changes, changes + head_size};
    Answer work{.query = pocket[layer - 1].query.data() + tokens,
                .key = shifted(from_row(answer_key_, first), channel),
                .value = shifted(from_row(answer_value_, first), 2 * channel),
                .base = {const_cast<float*>(pocket[layer].key.data()) + tokens,
                         const_cast<float*>(pocket[layer].value.data()) + tokens},
                .earlier = {},
                .change = {},
                .result = {updated, updated + head_size}};
    if (layer > 1) work.earlier = change;
    if (fusion[layer].reverse) work.change = change;
    call.run.answer(size, work);
    return work.result;
}

std::vector<Prediction> CpuEngine::Workspace::read_out(const Call& call) {
    const EngineWeights& w = call.weights;
    const std::int64_t d = w.config.ligand_channels, atoms = chunk_.atoms(), ligands = chunk_.ligands();
    const Rows normed = normed_.rows(atoms, d);
    const Rows gate = query_.rows(atoms, w.config.pair_channels);
    const Rows energy = key_.rows(atoms, w.config.pair_channels);
    call.run.layer_norm(atoms, h_, nullptr, w.pair_norm.view(), normed);
    dense(call, atoms, normed, w.atom_gate, Activation::none, {}, gate);
    dense(call, atoms, normed, w.atom_energy, Activation::none, {}, energy);

    call.run.layer_norm(atoms, h_, nullptr, w.pooled_norm.view(), normed);
    const Rows pooled = pooled_.rows(ligands, d + normed.step);  // [mean, sum / 25]
    for (std::int64_t l = 0; l < ligands; ++l) {
        const std::int64_t size = chunk_.atoms_of(l);
        const Rows own = from_row(normed, chunk_.first_atom(l));
        call.run.sum_rows(size, own, 1 / static_cast<float>(size), pooled[l]);
        call.run.sum_rows(size, own, 1.0f / 25, pooled[l] + d);
    }
    const Rows pk = outputs_.rows(ligands, 1), log_variance = more_outputs_.rows(ligands, 1);
    mlp(call, w.pooled, ligands, pooled, {}, pk);
    mlp(call, w.log_variance, ligands, pooled, {}, log_variance);

    std::vector<Prediction> predictions;
    for (std::int64_t l = 0; l < ligands; ++l) {
        const Heads size = heads(call, l);
        const std::int64_t first = chunk_.first_atom(l);
        const float* pair_bias =
            has_places(call) ? gate_bias_.flat(chunk_.atoms() * size.token_step) + first * size.token_step
                             : nullptr;
        const float pairs = call.run.pair_sum(
            size, {from_row(gate, first), from_row(energy, first), call.pocket.gate.data(),
                   call.pocket.energy.data(), w.config.pair_channels, w.gate_bias, size.scratch, pair_bias});
        float pooled_pk = pk[l][0] + w.pk_bias;
        if (!w.fingerprint.empty())
            for (std::int32_t k = chunk_.bit_ptr[l]; k < chunk_.bit_ptr[l + 1]; ++k)
                pooled_pk += w.fingerprint[chunk_.bit[k]];
        float recalled = call.pocket.recalled_pk;
        if (!call.pocket.recalled_bit.empty())
            for (std::int32_t k = chunk_.bit_ptr[l]; k < chunk_.bit_ptr[l + 1]; ++k)
                recalled += call.pocket.recalled_bit[chunk_.bit[k]];
        predictions.push_back(
            {pairs + pooled_pk + recalled,
             std::exp(2.5f * std::tanh(log_variance[l][0] / 5) + call.pocket.recalled_log_variance / 2)});
    }
    return predictions;
}

/// nn::RetrievalHead: softmax-weighted mean of the encoder's atoms, one product, unit length.
void CpuEngine::Workspace::retrieve(const EngineWeights& weights, const LigandKernels& run,
                                    std::span<const LigandGraph> ligands, std::vector<float>& vectors) {
    static const EnginePocket kNone;
    chunk_.assign(ligands);
    const Call call{weights, run, kNone};
    encode(call);
    const std::int64_t d = weights.config.ligand_channels, width = weights.retrieval_out.out;
    const Rows normed = normed_.rows(chunk_.atoms(), d), weight = query_.rows(chunk_.atoms(), 1);
    run.layer_norm(chunk_.atoms(), h_, nullptr, weights.retrieval_norm.view(), normed);
    dense(call, chunk_.atoms(), normed, weights.retrieval_weight, Activation::none, {}, weight);

    const Rows pooled = pooled_.rows(chunk_.ligands(), d), out = outputs_.rows(chunk_.ligands(), width);
    for (std::int64_t l = 0; l < chunk_.ligands(); ++l) {
        const std::int64_t first = chunk_.first_atom(l), end = first + chunk_.atoms_of(l);
        float largest = weight[first][0], sum = 0;
        for (std::int64_t a = first; a < end; ++a) largest = std::max(largest, weight[a][0]);
        std::fill_n(pooled[l], d, 0.0f);
        for (std::int64_t a = first; a < end; ++a) {
            const float share = std::exp(weight[a][0] - largest);
            sum += share;
            for (std::int64_t c = 0; c < d; ++c) pooled[l][c] += share * normed[a][c];
        }
        for (std::int64_t c = 0; c < d; ++c) pooled[l][c] /= sum;
    }
    dense(call, chunk_.ligands(), pooled, weights.retrieval_out, Activation::none, {}, out);
    for (std::int64_t l = 0; l < chunk_.ligands(); ++l) {
        float squares = 1e-12f;
        for (std::int64_t r = 0; r < width; ++r) squares += out[l][r] * out[l][r];
        for (std::int64_t r = 0; r < width; ++r) vectors.push_back(out[l][r] / std::sqrt(squares));
    }
}

/// A workspace for the length of a call.
struct CpuEngine::Borrowed {
    explicit Borrowed(const CpuEngine& from) : engine(from) {
        const std::lock_guard lock(engine.mutex_);
        if (!engine.idle_.empty()) {
            workspace = std::move(engine.idle_.back());
            engine.idle_.pop_back();
        } else {
            workspace = std::make_unique<Workspace>();
        }
    }
    ~Borrowed() {
        const std::lock_guard lock(engine.mutex_);
        engine.idle_.push_back(std::move(workspace));
    }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;

    const CpuEngine& engine;
    std::unique_ptr<Workspace> workspace;
};

bool CpuEngine::fits(const AffinityModel& model) {
    const ModelConfig& config = model.config();
    return model.parameters().device().is_cpu() && model.parameters().dtype() == at::kFloat &&
           config.ligand_channels % (4 * config.fusion_heads) == 0;
}

CpuEngine::CpuEngine(const AffinityModel& model, Precision precision)
    : weights_(model, precision), run_(ligand_kernels()) {
    if (precision == Precision::bf16 && !dense_bf16())
        throw Error(ErrorKind::usage, "precision bf16 needs a CPU with bf16 instructions (AVX512-BF16)",
                    "leave it at fp32");
}
CpuEngine::CpuEngine(const AffinityModel& model, const LigandKernels& kernels)
    : weights_(model, Precision::fp32), run_(kernels) {}
CpuEngine::~CpuEngine() = default;

template <class Work>
void CpuEngine::for_each_chunk(std::span<const LigandGraph> ligands, Work&& work) const {
    const Borrowed borrowed(*this);
    for (std::size_t begin = 0, end = 0; begin < ligands.size(); begin = end) {
        std::size_t atoms = ligands[end++].atoms();
        while (end < ligands.size() && end - begin < kLigandsPerChunk &&
               atoms + ligands[end].atoms() <= kAtomsPerChunk)
            atoms += ligands[end++].atoms();
        work(*borrowed.workspace, ligands.subspan(begin, end - begin));
    }
}

std::vector<Prediction> CpuEngine::predict(const EnginePocket& pocket,
                                           std::span<const LigandGraph> ligands) const {
    check_pocket(weights_, pocket);
    std::vector<Prediction> predictions;
    predictions.reserve(ligands.size());
    for_each_chunk(ligands, [&](Workspace& workspace, std::span<const LigandGraph> chunk) {
        const auto some = workspace.predict(weights_, run_, pocket, chunk);
        predictions.insert(predictions.end(), some.begin(), some.end());
    });
    return predictions;
}

std::vector<float> CpuEngine::retrieval_vectors(std::span<const LigandGraph> ligands) const {
    std::vector<float> vectors;
    vectors.reserve(ligands.size() * static_cast<std::size_t>(weights_.retrieval_out.out));
    for_each_chunk(ligands, [&](Workspace& workspace, std::span<const LigandGraph> chunk) {
        workspace.retrieve(weights_, run_, chunk, vectors);
    });
    return vectors;
}

}  // namespace keyway::model
