/// Losses: the bookkeeping (who is compared with whom) on the host, the arithmetic in a few tensor
/// operations.
#include "model/losses.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <map>
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

Pairs pairs_within_assays(std::span<const TrainBatch::Row> rows) {
    std::map<int, std::vector<std::int64_t>> assays;
    for (std::size_t i = 0; i < rows.size(); ++i)
        assays[rows[i].assay].push_back(static_cast<std::int64_t>(i));
    Pairs pairs;
    for (const auto& [assay, members] : assays)
        for (std::size_t i = 0; i < members.size(); ++i)
            for (std::size_t j = i + 1; j < members.size(); ++j)
                add_pair(pairs, rows, members[i], members[j], members.size());
    return pairs;
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
    return bounded_huber({pk - tensor_like(observed, pk), tensor_like(upper, pk), tensor_like(lower, pk),
                          tensor_like(weight, pk)},
                         delta);
}

at::Tensor pairwise_loss(const at::Tensor& pk, std::span<const TrainBatch::Row> rows, double delta) {
    const Pairs pairs = pairs_within_assays(rows);
    if (pairs.first.empty()) return at::zeros({}, pk.options());
    const auto index = [&](const std::vector<std::int64_t>& rows_of) {
        return at::tensor(rows_of, at::kLong).to(pk.device());
    };
    const at::Tensor predicted =  // [pairs]
        pk.index_select(0, index(pairs.first)) - pk.index_select(0, index(pairs.second));
    return bounded_huber({predicted - tensor_like(pairs.difference, pk), tensor_like(pairs.upper, pk),
                          tensor_like(pairs.lower, pk), tensor_like(pairs.weight, pk)},
                         delta);
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
