/// Losses: the bookkeeping (who is compared with whom) on the host, the arithmetic in a few tensor
/// operations.
#include "model/losses.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace keyway::model {
namespace {

bool bounds_above(Relation relation) { return relation != Relation::greater; }
bool bounds_below(Relation relation) { return relation != Relation::less; }

/// A host vector as a tensor like `like` (dtype, device).
at::Tensor tensor_like(const std::vector<float>& values, const at::Tensor& like) {
    return at::tensor(values, at::kFloat).to(like.options());
}

at::Tensor weighted_mean(const at::Tensor& value, const at::Tensor& weight) {
    // A weight of zero everywhere gives 0 / tiny, not 0 / 0.
    return (value * weight).sum() / weight.sum().clamp_min(1e-12);
}

struct Pairs {
    std::vector<std::int64_t> first, second;
    std::vector<float> difference, upper, lower, weight;
};

/// Adds the pair if it says something certain.
void add_pair(Pairs& pairs, std::span<const TrainBatch::Row> rows, std::int64_t i, std::int64_t j,
              std::size_t assay_rows) {
    const TrainBatch::Row &a = rows[i], &b = rows[j];
    const float difference = a.pk - b.pk;
    const bool upper = bounds_above(a.relation) && bounds_below(b.relation);
    const bool lower = bounds_below(a.relation) && bounds_above(b.relation);
    const bool certain = (upper && lower) || (upper && difference <= 0) || (lower && difference >= 0);
    if (!certain) return;
    pairs.first.push_back(i);
    pairs.second.push_back(j);
    pairs.difference.push_back(difference);
    pairs.upper.push_back(upper);
    pairs.lower.push_back(lower);
    pairs.weight.push_back(std::sqrt(a.weight * b.weight) / static_cast<float>(assay_rows - 1));
}

using Groups = std::map<int, std::vector<std::int64_t>>;

Groups rows_by(std::span<const TrainBatch::Row> rows, int TrainBatch::Row::*key) {
    Groups groups;
    for (std::size_t i = 0; i < rows.size(); ++i)
        groups[rows[i].*key].push_back(static_cast<std::int64_t>(i));
    return groups;
}

Pairs pairs_within_assays(std::span<const TrainBatch::Row> rows) {
    Pairs pairs;
    for (const auto& [assay, members] : rows_by(rows, &TrainBatch::Row::assay))
        for (std::size_t i = 0; i < members.size(); ++i)
            for (std::size_t j = i + 1; j < members.size(); ++j)
                add_pair(pairs, rows, members[i], members[j], members.size());
    return pairs;
}

Pairs pairs_across_pockets(std::span<const TrainBatch::Row> rows) {
    Pairs pairs;
    for (const auto& [ligand, members] : rows_by(rows, &TrainBatch::Row::ligand))
        for (std::size_t i = 0; i < members.size(); ++i)
            for (std::size_t j = i + 1; j < members.size(); ++j)
                if (rows[members[i]].pocket != rows[members[j]].pocket)
                    add_pair(pairs, rows, members[i], members[j], members.size());
    return pairs;
}

at::Tensor index_like(const std::vector<std::int64_t>& values, const at::Tensor& like) {
    return at::tensor(values, at::kLong).to(like.device());
}

/// Huber on the differences of `value` [rows] over the pairs.
at::Tensor difference_loss(const at::Tensor& value, const Pairs& pairs, const at::Tensor& difference,
                           double delta) {
    const at::Tensor predicted = value.index_select(0, index_like(pairs.first, value)) -
                                 value.index_select(0, index_like(pairs.second, value));  // [pairs]
    return bounded_huber({predicted - difference, tensor_like(pairs.upper, value),
                          tensor_like(pairs.lower, value), tensor_like(pairs.weight, value)},
                         delta);
}

at::Tensor observed_difference_loss(const at::Tensor& pk, const Pairs& pairs, double delta) {
    if (pairs.first.empty()) return at::zeros({}, pk.options());
    return difference_loss(pk, pairs, tensor_like(pairs.difference, pk), delta);
}

/// [rows, rows] row-major: times the residuals gives the shift of every row's assay; empty if no row has one.
std::vector<float> offset_means(std::span<const TrainBatch::Row> rows) {
    const auto defines_shift = [](const TrainBatch::Row& row) {
        return row.free_offset && bounds_above(row.relation) && bounds_below(row.relation);
    };
    std::map<int, float> weight_of_assay;
    bool any = false;
    for (const TrainBatch::Row& row : rows) {
        any = any || row.free_offset;
        if (defines_shift(row)) weight_of_assay[row.assay] += row.weight;
    }
    if (!any) return {};
    std::vector<float> means(rows.size() * rows.size(), 0);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (!rows[i].free_offset) continue;
        for (std::size_t j = 0; j < rows.size(); ++j)
            if (rows[j].assay == rows[i].assay && defines_shift(rows[j]) && rows[j].weight > 0)
                means[i * rows.size() + j] = rows[j].weight / weight_of_assay[rows[i].assay];
    }
    return means;
}

/// Mean over rows of -log softmax(logits)[row, target], forbidden entries (1) left out.
at::Tensor masked_cross_entropy(const at::Tensor& logits, const at::Tensor& target,
                                const at::Tensor& forbidden) {
    const at::Tensor log_q = at::log_softmax(logits - 1e4 * forbidden, 1);
    return -log_q.gather(1, target.unsqueeze(1)).mean();
}

}  // namespace

at::Tensor bounded_huber(const Bounded& terms, double delta) {
    const at::Tensor costly =
        terms.residual.clamp_min(0) * terms.upper + terms.residual.clamp_max(0) * terms.lower;
    return weighted_mean(at::huber_loss(costly, at::zeros_like(costly), at::Reduction::None, delta),
                         terms.weight);
}

at::Tensor absolute_loss(const at::Tensor& pk, std::span<const TrainBatch::Row> rows, double delta) {
    std::vector<float> observed, upper, lower, weight;
    for (const TrainBatch::Row& row : rows) {
        observed.push_back(row.pk);
        upper.push_back(bounds_above(row.relation));
        lower.push_back(bounds_below(row.relation));
        weight.push_back(row.weight);
    }
    at::Tensor residual = pk - tensor_like(observed, pk);  // [rows]
    if (const auto means = offset_means(rows); !means.empty()) {
        const auto count = static_cast<std::int64_t>(rows.size());
        residual = residual - at::matmul(tensor_like(means, pk).view({count, count}), residual);
    }
    return bounded_huber({residual, tensor_like(upper, pk), tensor_like(lower, pk), tensor_like(weight, pk)},
                         delta);
}

at::Tensor pairwise_loss(const at::Tensor& pk, std::span<const TrainBatch::Row> rows, double delta) {
    return observed_difference_loss(pk, pairs_within_assays(rows), delta);
}

at::Tensor selectivity_loss(const at::Tensor& pk, std::span<const TrainBatch::Row> rows, double delta) {
    return observed_difference_loss(pk, pairs_across_pockets(rows), delta);
}

at::Tensor listwise_loss(const at::Tensor& pk, std::span<const TrainBatch::Row> rows) {
    constexpr double kTemperature = 0.5;
    at::Tensor sum = at::zeros({}, pk.options());
    double weight_sum = 0;
    for (const auto& [assay, members] : rows_by(rows, &TrainBatch::Row::assay)) {
        std::vector<std::int64_t> exact;
        std::vector<float> observed;
        double weight = 0;
        for (const std::int64_t i : members) {
            if (!bounds_above(rows[i].relation) || !bounds_below(rows[i].relation)) continue;
            exact.push_back(i);
            observed.push_back(rows[i].pk);
            weight += rows[i].weight;
        }
        if (exact.size() < 2) continue;
        const at::Tensor log_p = at::log_softmax(tensor_like(observed, pk) / kTemperature, 0);
        const at::Tensor log_q = at::log_softmax(pk.index_select(0, index_like(exact, pk)) / kTemperature, 0);
        sum = sum + weight * (log_p.exp() * (log_p - log_q)).sum();
        weight_sum += weight;
    }
    return sum / std::max(weight_sum, 1e-12);
}

at::Tensor retrieval_loss(const RowVectors& vectors, const at::Tensor& pk,
                          std::span<const TrainBatch::Row> rows, double delta) {
    std::vector<TrainBatch::Row> exact(rows.begin(), rows.end());
    for (TrainBatch::Row& row : exact)
        row.relation = Relation::equal;  // the model's own values have no bounds
    const Pairs pairs = pairs_within_assays(exact);
    if (pairs.first.empty()) return at::zeros({}, pk.options());
    const at::Tensor taught = pk.detach();
    const at::Tensor difference = taught.index_select(0, index_like(pairs.first, pk)) -
                                  taught.index_select(0, index_like(pairs.second, pk));
    return difference_loss(kRetrievalScale * (vectors.pocket * vectors.ligand).sum(1), pairs, difference,
                           delta);
}

at::Tensor contrast_loss(const ContrastInput& input) {
    constexpr double kTemperature = 0.07;
    const auto pockets = static_cast<std::size_t>(input.pocket.size(0)), pairs = input.pocket_of_pair.size();
    if (pockets < 2) return at::zeros({}, input.pocket.options());
    std::set<std::pair<int, int>> measured;  // (ligand, cluster)
    const auto cluster = [&](int pocket) {
        return input.cluster_of_pocket.empty() ? pocket
                                               : input.cluster_of_pocket[static_cast<std::size_t>(pocket)];
    };
    for (std::size_t l = 0; l < pairs; ++l)
        measured.emplace(input.ligand_of_pair[l], cluster(input.pocket_of_pair[l]));

    std::vector<float> forbidden(pairs * pockets, 0);  // [L, P]
    std::vector<float> forbidden_ligand(pairs * pairs,
                                        0);  // [L, L]: row = pair, column = other pair's ligand
    std::vector<std::int64_t> own(pairs), self(pairs);
    for (std::size_t l = 0; l < pairs; ++l) {
        own[l] = input.pocket_of_pair[l];
        self[l] = static_cast<std::int64_t>(l);
        for (std::size_t p = 0; p < pockets; ++p)
            forbidden[l * pockets + p] =
                static_cast<int>(p) != input.pocket_of_pair[l] &&
                measured.contains({input.ligand_of_pair[l], cluster(static_cast<int>(p))});
        for (std::size_t m = 0; m < pairs; ++m)
            forbidden_ligand[l * pairs + m] =
                l != m && measured.contains({input.ligand_of_pair[m], cluster(input.pocket_of_pair[l])});
    }
    const at::Tensor logits =
        at::matmul(input.ligand, input.pocket.transpose(0, 1)) / kTemperature;  // [L, P]
    const auto rows = static_cast<std::int64_t>(pairs);
    const at::Tensor own_pocket = index_like(own, logits);
    const at::Tensor by_pocket = logits.transpose(0, 1).index_select(0, own_pocket);  // [L, L]
    return 0.5 * (masked_cross_entropy(logits, own_pocket, tensor_like(forbidden, logits).view_as(logits)) +
                  masked_cross_entropy(by_pocket, index_like(self, logits),
                                       tensor_like(forbidden_ligand, logits).view({rows, rows})));
}

at::Tensor variance_loss(const at::Tensor& pk, const at::Tensor& log_variance,
                         std::span<const TrainBatch::Row> rows) {
    std::vector<float> observed, weight;
    for (const TrainBatch::Row& row : rows) {
        const bool exact = bounds_above(row.relation) && bounds_below(row.relation);
        observed.push_back(row.pk);
        weight.push_back(exact ? row.weight : 0.0f);
    }
    const at::Tensor residual = pk.detach() - tensor_like(observed, pk);
    const at::Tensor nll = 0.5 * (log_variance + residual * residual * (-log_variance).exp());
    return weighted_mean(nll, tensor_like(weight, pk));
}

}  // namespace keyway::model
