/// mixed_product as a `torch::autograd::Function` over the CPU kernels.
#include "keyway/ops/mixed_product.hpp"

#include "ops/autograd/atom_views.hpp"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

namespace keyway::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Atoms that go through all steps together: fewer copy the weights too often, more leave the cache.
constexpr std::int64_t kBlockAtoms = 80;

Cartesian cartesian_at(const variable_list& x, std::size_t first) {
    return {x[first], x[first + 1], x[first + 2]};
}

/// Room for all three degrees of `atoms` atoms.
Cartesian empty_cartesian(std::int64_t atoms, std::int64_t channels, const at::TensorOptions& options) {
    return {at::empty({atoms, channels}, options), at::empty({atoms, 3, channels}, options),
            at::empty({atoms, 5, channels}, options)};
}

/// The atoms from `first` on. `View`: CartesianView or CartesianOut.
template <class View>
View from_atom(View x, cpu::AtomRows n, std::int64_t first) {
    const std::int64_t row = first * n.channels;
    return {x.s ? x.s + row : nullptr, x.v ? x.v + 3 * row : nullptr, x.t ? x.t + 5 * row : nullptr};
}

/// The linear layers of some atoms, one for each degree. Weights are held as a CartesianView too.
struct Mixing {
    explicit Mixing(const at::Tensor& like)
        : scratch(at::empty({cpu::linear_scratch({kBlockAtoms, like.size(-1), like.size(-1)})},
                            like.options())) {}

    void forward(cpu::AtomRows n, cpu::CartesianView x, cpu::CartesianView w, cpu::CartesianOut y) const {
        run.linear(shape(n, 1), x.s, w.s, nullptr, raw(scratch), y.s);
        run.linear(shape(n, 3), x.v, w.v, nullptr, raw(scratch), y.v);
        run.linear(shape(n, 5), x.t, w.t, nullptr, raw(scratch), y.t);
    }
    void backward_input(cpu::AtomRows n, cpu::CartesianView dy, cpu::CartesianView w,
                        cpu::CartesianOut dx) const {
        const auto write = cpu::Write::overwrite;
        run.linear_backward_input(shape(n, 1), dy.s, w.s, write, raw(scratch), dx.s);
        run.linear_backward_input(shape(n, 3), dy.v, w.v, write, raw(scratch), dx.v);
        run.linear_backward_input(shape(n, 5), dy.t, w.t, write, raw(scratch), dx.t);
    }
    void backward_weight(cpu::AtomRows n, cpu::CartesianView x, cpu::CartesianView dy,
                         cpu::CartesianOut dw) const {
        run.linear_backward_weight(shape(n, 1), x.s, dy.s, raw(scratch), dw.s, nullptr);
        run.linear_backward_weight(shape(n, 3), x.v, dy.v, raw(scratch), dw.v, nullptr);
        run.linear_backward_weight(shape(n, 5), x.t, dy.t, raw(scratch), dw.t, nullptr);
    }

    static cpu::LinearShape shape(cpu::AtomRows n, std::int64_t components) {
        return {n.atoms * components, n.channels, n.channels};
    }

    const cpu::Kernels& run = *cpu::kernels_in_use();
    at::Tensor scratch;
};

/// Calls work(first, rows) for blocks of nearly equal size; once for no atoms, whose gradients are zero.
template <class Work>
void for_each_block(cpu::AtomRows n, const Work& work) {
    const std::int64_t blocks = std::max<std::int64_t>(1, (n.atoms + kBlockAtoms - 1) / kBlockAtoms);
    for (std::int64_t k = 0; k < blocks; ++k) {
        const std::int64_t first = n.atoms * k / blocks, end = n.atoms * (k + 1) / blocks;
        work(first, cpu::AtomRows{end - first, n.channels});
    }
}

/// Gradients of weights, summed over blocks.
struct WeightSum {
    explicit WeightSum(const Cartesian& like) : total(empty_like(like)), part(empty_like(like)) {}

    /// `set(out)` overwrites.
    template <class Set>
    void add(bool first, const Set& set) {
        set(writable(first ? total : part));
        if (first) return;
        total.s.add_(part.s);
        total.v.add_(part.v);
        total.t.add_(part.t);
    }

    Cartesian total, part;
};

class MixedProduct : public torch::autograd::Function<MixedProduct> {
public:
    static variable_list forward(AutogradContext* context, const at::Tensor& us, const MaybeTensor& uv,
                                 const MaybeTensor& ut, const at::Tensor& ms, const at::Tensor& mv,
                                 const at::Tensor& mt, at::TensorList weights, std::int64_t kind) {
        const Cartesian u = packed({us, *uv, *ut}), m = packed({ms, mv, mt}), r = empty_like(m),
                        z = empty_like(m);
        const Cartesian before = packed({weights[0], weights[1], weights[2]}),
                        after = packed({weights[3], weights[4], weights[5]});
        const cpu::AtomRows all = rows_of(m.s);
        const Cartesian product =
            empty_cartesian(std::min(all.atoms, kBlockAtoms), all.channels, ms.options());
        const Mixing mixing(m.s);
        for_each_block(all, [&](std::int64_t first, cpu::AtomRows n) {
            mixing.forward(n, from_atom(view(m), all, first), view(before),
                           from_atom(writable(r), all, first));
            mixing.run.node_product(n, static_cast<cpu::MatrixProduct>(kind), from_atom(view(u), all, first),
                                    from_atom(view(r), all, first), writable(product));
            mixing.forward(n, view(product), view(after), from_atom(writable(z), all, first));
        });
        context->save_for_backward({u.s, u.v, u.t, m.s, m.v, m.t, r.s, r.v, r.t, before.s, before.v, before.t,
                                    after.s, after.v, after.t});
        context->saved_data["kind"] = kind;
        return {z.s, z.v, z.t};
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients) {
        const variable_list saved = context->get_saved_variables();
        const auto kind = static_cast<cpu::MatrixProduct>(context->saved_data["kind"].toInt());
        const Cartesian u = cartesian_at(saved, 0), m = cartesian_at(saved, 3), r = cartesian_at(saved, 6),
                        before = cartesian_at(saved, 9), after = cartesian_at(saved, 12);
        const Cartesian dz = gradient_or_zeros(gradients, m), du = empty_like(u), dm = empty_like(m);
        const cpu::AtomRows all = rows_of(m.s);
        const auto block = [&] {
            return empty_cartesian(std::min(all.atoms, kBlockAtoms), all.channels, m.s.options());
        };
        const Cartesian product = block(), dproduct = block(), dr = block();
        WeightSum dbefore(before), dafter(after);
        const Mixing mixing(m.s);
        for_each_block(all, [&](std::int64_t first, cpu::AtomRows n) {
            const cpu::CartesianView own_u = from_atom(view(u), all, first),
                                     own_r = from_atom(view(r), all, first),
                                     own_dz = from_atom(view(dz), all, first);
            mixing.run.node_product(n, kind, own_u, own_r, writable(product));
            dafter.add(first == 0,
                       [&](cpu::CartesianOut dw) { mixing.backward_weight(n, view(product), own_dz, dw); });
            mixing.backward_input(n, own_dz, view(after), writable(dproduct));
            mixing.run.node_product_backward(n, kind, own_u, own_r, view(dproduct),
                                             from_atom(writable(du), all, first), writable(dr));
            dbefore.add(first == 0, [&](cpu::CartesianOut dw) {
                mixing.backward_weight(n, from_atom(view(m), all, first), view(dr), dw);
            });
            mixing.backward_input(n, view(dr), view(before), from_atom(writable(dm), all, first));
        });
        const Cartesian &wb = dbefore.total, &wa = dafter.total;
        return {du.s, du.v, du.t, dm.s, dm.v, dm.t, wb.s, wb.v, wb.t, wa.s, wa.v, wa.t, {}};
    }
};

bool fits(const Cartesian& m, const Mixer& w) {
    const std::int64_t channels = m.s.size(1);
    for (const at::Tensor* weight : {&w.s, &w.v, &w.t})
        if (weight->size(0) != channels || weight->size(1) != channels) return false;
    return atom_kernels_for(m.s);
}

}  // namespace

Cartesian mixed_product(const Cartesian& u, const Cartesian& m, const Mixer& before, const Mixer& after,
                        Parity parity) {
    if (!fits(m, before) || !fits(m, after)) return mixed_product_reference(u, m, before, after, parity);
    const auto kind = parity == Parity::so3 ? cpu::MatrixProduct::plain : cpu::MatrixProduct::symmetrised;
    const std::vector<at::Tensor> weights = {before.s, before.v, before.t, after.s, after.v, after.t};
    const variable_list z = MixedProduct::apply(u.s, MaybeTensor(u.v), MaybeTensor(u.t), m.s, m.v, m.t,
                                                at::TensorList(weights), static_cast<std::int64_t>(kind));
    return {z[0], z[1], z[2]};
}

}  // namespace keyway::ops
