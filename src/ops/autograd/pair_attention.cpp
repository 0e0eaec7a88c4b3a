/// pair_attention.hpp as `torch::autograd::Function`s over the CPU kernels.
#include "keyway/ops/pair_attention.hpp"

#include "ops/autograd/training_kernels.hpp"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <optional>

namespace keyway::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// The kernels' view of the blocks; owns their scratch.
struct Shape {
    Shape(const at::Tensor& blocks, const at::Tensor& token, std::int64_t heads) {
        view.blocks = {reinterpret_cast<const cpu::PairBlock*>(integers(blocks)),
                       static_cast<std::size_t>(blocks.size(0))};
        view.tokens = token.size(0);
        view.heads = heads;
        view.width = token.size(1) / heads;
        std::int64_t most_atoms = 0, most_tokens = 0;
        for (const cpu::PairBlock& block : view.blocks) {
            most_atoms = std::max(most_atoms, block.atoms);
            most_tokens = std::max(most_tokens, block.tokens);
        }
        scratch = at::empty({cpu::pair_scratch(view, most_atoms, most_tokens)}, token.options());
        view.scratch = floats(scratch);
    }
    static_assert(sizeof(cpu::PairBlock) == 5 * sizeof(std::int64_t));

    cpu::PairShape view;
    at::Tensor scratch;
};

/// bias [H, A, most] or [A, most] or undefined
template <class Number>
cpu::PairBias<Number> bias_view(const at::Tensor& bias) {
    if (!bias.defined()) return {};
    return {floats(bias), bias.dim() == 3 ? bias.stride(0) : 0, bias.size(bias.dim() - 1)};
}

at::Tensor norm_of(std::int64_t rows, std::int64_t heads, const at::Tensor& like) {
    return at::empty({rows, heads, 2}, like.options());
}

class Attend : public torch::autograd::Function<Attend> {
public:
    using Optional = std::optional<at::Tensor>;

    static at::Tensor forward(AutogradContext* context, const at::Tensor& query, const at::Tensor& key,
                              const at::Tensor& value, const Optional& key_change,
                              const Optional& value_change, const Optional& bias, const at::Tensor& blocks,
                              std::int64_t heads) {
        const auto dense = [](const Optional& x) { return x ? x->contiguous() : at::Tensor(); };
        const at::Tensor q = query.contiguous(), k = key.contiguous(), v = value.contiguous(),
                         dk = dense(key_change), dv = dense(value_change), b = dense(bias);
        const Shape shape(blocks, k, heads);
        const at::Tensor y = at::empty_like(q), norm = norm_of(q.size(0), heads, q);
        cpu::training_kernels()->attend(
            shape.view, {floats(q), floats(k), floats(v), floats(dk), floats(dv), bias_view<const float>(b)},
            floats(y), floats(norm));
        context->save_for_backward({q, k, v, dk, dv, blocks, y, norm, b});
        context->saved_data["heads"] = heads;
        return y;
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients) {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor &q = saved[0], &k = saved[1], &v = saved[2], &dk = saved[3], &dv = saved[4],
                         &y = saved[6], &b = saved[8];
        const Shape shape(saved[5], k, context->saved_data["heads"].toInt());
        const at::Tensor gy = arrived(gradients[0], y);
        variable_list out = {at::empty_like(q), at::empty_like(k), at::empty_like(v), {}, {}, {}, {}, {}};
        if (dk.defined()) out[3] = at::zeros_like(dk), out[4] = at::zeros_like(dv);
        if (b.defined()) out[5] = at::zeros_like(b);
        cpu::training_kernels()->attend_backward(
            shape.view, {floats(q), floats(k), floats(v), floats(dk), floats(dv), bias_view<const float>(b)},
            floats(y), floats(saved[7]), floats(gy),
            {floats(out[0]), floats(out[1]), floats(out[2]), floats(out[3]), floats(out[4]),
             bias_view<float>(out[5])});
        return out;
    }
};

class Answer : public torch::autograd::Function<Answer> {
public:
    static variable_list forward(AutogradContext* context, const at::Tensor& query, const at::Tensor& key,
                                 const at::Tensor& value, const at::Tensor& blocks, std::int64_t heads,
                                 std::int64_t most) {
        const at::Tensor q = query.contiguous(), k = key.contiguous(), v = value.contiguous();
        const Shape shape(blocks, q, heads);
        const variable_list change = {at::zeros({blocks.size(0), most, q.size(1)}, q.options()),
                                      at::zeros({blocks.size(0), most, q.size(1)}, q.options())};
        const at::Tensor norm = norm_of(blocks.size(0) * most, heads, q);
        cpu::training_kernels()->answer(shape.view, {floats(q), floats(k), floats(v)},
                                        {floats(change[0]), floats(change[1])}, floats(norm));
        context->save_for_backward({q, k, v, blocks, norm});
        context->saved_data["heads"] = heads;
        context->saved_data["most"] = most;
        return change;
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients) {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor &q = saved[0], &k = saved[1], &v = saved[2], &blocks = saved[3];
        const Shape shape(blocks, q, context->saved_data["heads"].toInt());
        const auto gradient_of = [&](const at::Tensor& gradient) {
            return gradient.defined()
                       ? gradient.contiguous()
                       : at::zeros({blocks.size(0), context->saved_data["most"].toInt(), q.size(1)},
                                   q.options());
        };
        const at::Tensor gk = gradient_of(gradients[0]), gv = gradient_of(gradients[1]);
        const variable_list out = {at::empty_like(q), at::empty_like(k), at::empty_like(v), {}, {}, {}};
        cpu::training_kernels()->answer_backward(shape.view, {floats(q), floats(k), floats(v)},
                                                 floats(saved[4]), {floats(gk), floats(gv)},
                                                 {floats(out[0]), floats(out[1]), floats(out[2])});
        return out;
    }
};

class PairSum : public torch::autograd::Function<PairSum> {
public:
    static at::Tensor forward(AutogradContext* context, const at::Tensor& atom_gate,
                              const at::Tensor& atom_energy, const at::Tensor& token_gate,
                              const at::Tensor& token_energy, const at::Tensor& bias,
                              const std::optional<at::Tensor>& pair_bias, double gate_scale,
                              double energy_scale, const at::Tensor& blocks) {
        const variable_list in = {
            atom_gate.contiguous(),  atom_energy.contiguous(),
            token_gate.contiguous(), token_energy.contiguous(),
            bias.contiguous(),       pair_bias ? pair_bias->contiguous() : at::Tensor()};
        context->saved_data["gate"] = gate_scale;
        context->saved_data["energy"] = energy_scale;
        const Shape shape(blocks, in[2], 1);
        const at::Tensor y = at::empty({atom_gate.size(0)}, atom_gate.options());
        cpu::training_kernels()->pair_sum(shape.view, input_of(context, in), floats(y));
        context->save_for_backward({in[0], in[1], in[2], in[3], in[4], in[5], blocks});
        return y;
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients) {
        const variable_list saved = context->get_saved_variables();
        const Shape shape(saved[6], saved[2], 1);
        const at::Tensor gy = gradients[0].contiguous();
        variable_list out;
        for (std::size_t k = 0; k < 5; ++k) out.push_back(at::empty_like(saved[k]));
        out.push_back(saved[5].defined() ? at::zeros_like(saved[5]) : at::Tensor());
        cpu::training_kernels()->pair_sum_backward(
            shape.view, input_of(context, saved), floats(gy),
            {floats(out[0]), floats(out[1]), floats(out[2]), floats(out[3]), floats(out[4]),
             bias_view<float>(out[5])});
        out.resize(9);
        return out;
    }

private:
    static cpu::PairSumInput input_of(AutogradContext* context, const variable_list& in) {
        return {floats(in[0]),
                floats(in[1]),
                floats(in[2]),
                floats(in[3]),
                floats(in[4]),
                static_cast<float>(context->saved_data["gate"].toDouble()),
                static_cast<float>(context->saved_data["energy"].toDouble()),
                bias_view<const float>(in[5])};
    }
};

std::optional<at::Tensor> if_defined(const at::Tensor& x) {
    return x.defined() ? std::optional(x) : std::nullopt;
}

bool kernels_fit(const at::Tensor& x, std::int64_t heads) {
    return kernels_for(x) && x.size(1) % (4 * heads) == 0;
}

}  // namespace

at::Tensor attend_tokens(const at::Tensor& query, const TokenKeys& tokens, const Pairing& pairing,
                         int heads) {
    if (!kernels_fit(query, heads)) return attend_tokens_reference(query, tokens, pairing, heads);
    const bool changed = tokens.change.key.defined();
    return Attend::apply(query, tokens.key, tokens.value, if_defined(tokens.change.key),
                         if_defined(tokens.change.value), if_defined(tokens.bias),
                         changed ? pairing.ligand_blocks : pairing.shared_blocks, heads);
}

TokenChanges answer_tokens(const at::Tensor& query, const AtomKeys& atoms, const Pairing& pairing,
                           int heads) {
    if (!kernels_fit(query, heads)) return answer_tokens_reference(query, atoms, pairing, heads);
    const variable_list change =
        Answer::apply(query, atoms.key, atoms.value, pairing.ligand_blocks, heads, pairing.most);
    return {change[0], change[1]};
}

at::Tensor pair_sum(const PairForms& forms, const Pairing& pairing) {
    if (!kernels_fit(forms.atom_gate, 1)) return pair_sum_reference(forms, pairing);
    return PairSum::apply(forms.atom_gate, forms.atom_energy, forms.token_gate, forms.token_energy,
                          forms.gate_bias, if_defined(forms.pair_bias), forms.gate_scale, forms.energy_scale,
                          pairing.shared_blocks);
}

}  // namespace keyway::ops
