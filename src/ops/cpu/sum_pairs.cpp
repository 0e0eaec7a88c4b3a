/// The read-out of pairs: gated energies of an atom summed over tokens, and the adjoint.
#include "ops/cpu/pair_block.hpp"
#include "ops/cpu/training.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {
namespace {

constexpr int W = kPairLanes;

struct Scratch {
    float *atom_gate, *atom_energy;  // [width, step]
    float *gate, *energy;            // [tokens, step]
    float* sum;                      // [step]
};

Scratch scratch_of(const PairShape& shape, const PairBlock& block) {
    const std::int64_t step = step_of(block), atoms = shape.width * step, pairs = block.tokens * step;
    float *atom_gate = shape.scratch, *atom_energy = atom_gate + atoms, *gate = atom_energy + atoms;
    return {atom_gate, atom_energy, gate, gate + pairs, gate + 2 * pairs};
}

/// The opened gates of all pairs; then `store` gets the energies.
template <class Store>
void pairs_of(const PairShape& shape, const PairBlock& block, const PairSumInput& x, const Scratch& at,
              const Store& store_energy) {
    const std::int64_t w = shape.width, step = step_of(block);
    transpose(block, x.atom_gate + block.atom * w, w, w, x.gate_scale, at.atom_gate);
    transpose(block, x.atom_energy + block.atom * w, w, w, x.energy_scale, at.atom_energy);
    times_atoms(block, x.token_gate + block.token * w, w, at.atom_gate, w,
                [&](std::int64_t row, std::int64_t n, Vec<W> sum) {
                    const Vec<W> logit = sum + x.bias[0];
                    store<W>(at.gate + row * step + n, x.pair_bias.data ? logit : sigmoid_of<W>(logit));
                });
    if (x.pair_bias.data) {
        for (std::int64_t a = 0; a < block.atoms; ++a) {
            const float* bias = x.pair_bias.row(0, block.atom + a);
            for (std::int64_t t = 0; t < block.tokens; ++t) at.gate[t * step + a] += bias[t];
        }
        for (std::int64_t k = 0; k < block.tokens * step; k += W)
            store<W>(at.gate + k, sigmoid_of<W>(load<W>(at.gate + k)));
    }
    times_atoms(block, x.token_energy + block.token * w, w, at.atom_energy, w, store_energy);
}

}  // namespace

void sum_pairs(const PairShape& shape, const PairSumInput& x, float* y) {
    for (const PairBlock& block : shape.blocks) {
        const Scratch at = scratch_of(shape, block);
        const std::int64_t step = step_of(block);
        set_zero(at.sum, step);
        pairs_of(shape, block, x, at, [&](std::int64_t row, std::int64_t n, Vec<W> energy) {
            add_to<W>(at.sum + n, load<W>(at.gate + row * step + n) * energy);
        });
        for (std::int64_t a = 0; a < block.atoms; ++a) y[block.atom + a] = at.sum[a];
    }
}

void sum_pairs_backward(const PairShape& shape, const PairSumInput& x, const float* y_gradient,
                        const PairSumGradient& gradient) {
    const std::int64_t w = shape.width;
    set_zero(gradient.token_gate, shape.tokens * w);
    set_zero(gradient.token_energy, shape.tokens * w);
    double bias = 0;
    for (const PairBlock& block : shape.blocks) {
        const Scratch at = scratch_of(shape, block);
        const std::int64_t step = step_of(block);
        Vec<W> of_block{};
        for (std::int64_t a = 0; a < step; ++a)
            at.sum[a] = a < block.atoms ? y_gradient[block.atom + a] : 0.0f;
        pairs_of(shape, block, x, at, [&](std::int64_t row, std::int64_t n, Vec<W> energy) {
            float* gate = at.gate + row * step + n;
            const Vec<W> open = load<W>(gate), dy = load<W>(at.sum + n), slope = dy * open;
            const Vec<W> dgate = slope * energy * (1.0f - open);
            store<W>(at.energy + row * step + n, slope);  // the gradient of the energy
            store<W>(gate, dgate);
            of_block += dgate;
        });
        bias += sum_of(of_block);
        if (gradient.pair_bias.data)
            for (std::int64_t a = 0; a < block.atoms; ++a) {
                float* row = gradient.pair_bias.row(0, block.atom + a);
                for (std::int64_t t = 0; t < block.tokens; ++t) row[t] = at.gate[t * step + a];
            }
        const auto both_ways = [&](const float* dpair, const float* atom, const float* token, float scale,
                                   float* datom, float* dtoken) {
            to_atoms(block, dpair, token + block.token * w, w, w,
                     [&]<int V>(std::int64_t row, std::int64_t n, Vec<V> sum) {
                         store<V>(datom + (block.atom + row) * w + n, sum * scale);
                     });
            to_tokens(block, dpair, atom + block.atom * w, w, w,
                      [&]<int V>(std::int64_t row, std::int64_t n, Vec<V> sum) {
                          add_to<V>(dtoken + (block.token + row) * w + n, sum * scale);
                      });
        };
        both_ways(at.gate, x.atom_gate, x.token_gate, x.gate_scale, gradient.atom_gate, gradient.token_gate);
        both_ways(at.energy, x.atom_energy, x.token_energy, x.energy_scale, gradient.atom_energy,
                  gradient.token_energy);
    }
    gradient.bias[0] = static_cast<float>(bias);
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA
