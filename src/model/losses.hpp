/// The training losses on pK. Weighted means, so that no term's scale depends on the batch size.
///
/// Censoring: `Relation::less` means that the true pK is at most the number, so only predictions above it
/// cost; `greater` the other way round; `approximate` counts as equal.
#pragma once

#include "keyway/model/network.hpp"

#include <ATen/core/Tensor.h>

#include <span>

namespace keyway::model {

/// Residuals with bounds, n of them. Where only `upper` is 1, residuals below zero cost nothing, and vice
/// versa.
struct Bounded {
    at::Tensor residual;      ///< [n] predicted minus observed [pK]
    at::Tensor upper, lower;  ///< [n] 1: the observation bounds the prediction from that side
    at::Tensor weight;        ///< [n] >= 0
};

/// sum(weight * huber(residual)) / sum(weight), 0 if there is no weight; huber(r) = r^2 / 2 up to delta, then
/// delta * (|r| - delta / 2). Scalar.
at::Tensor bounded_huber(const Bounded& terms, double delta);

/// Huber on pK of every row. `pk` is [rows]. Rows with `free_offset` are compared up to a shift of their own
/// assay: with residuals r_i = pk_i - observed_i and the weighted mean over the assay's uncensored rows of
/// this kind, c = sum(w_i r_i) / sum(w_i), the loss sees r_i - c. That c is the offset of least squares, so
/// nothing is learnt from (and no gradient goes to) the assay's level; a lone row of this kind costs nothing,
/// and rows of an assay that has only censored ones keep c = 0.
at::Tensor absolute_loss(const at::Tensor& pk, std::span<const TrainBatch::Row> rows, double delta);

/// Huber on pk_i - pk_j against the observed difference d, all pairs i < j of rows with one assay.
/// A pair with a censored row counts where its sign is certain: the true difference is at most d and d <= 0,
/// or at least d and d >= 0; it is then one-sided. The weight of a pair is sqrt(w_i w_j) / (n - 1) in an
/// assay of n rows, so that an assay counts by its rows, not by their square.
at::Tensor pairwise_loss(const at::Tensor& pk, std::span<const TrainBatch::Row> rows, double delta);

/// ListNet's top-one cross-entropy (Cao et al., ICML 2007): sum over an assay of -p_i log q_i with
/// p = softmax(observed / T), q = softmax(predicted / T), T = 0.5 pK, less the entropy of p, so that a
/// perfect order of values costs 0. Censored rows are left out; assays count by their rows.
at::Tensor listwise_loss(const at::Tensor& pk, std::span<const TrainBatch::Row> rows);

/// Huber on pk_i - pk_j of rows with one ligand and two pockets; censoring as in `pairwise_loss`.
at::Tensor selectivity_loss(const at::Tensor& pk, std::span<const TrainBatch::Row> rows, double delta);

/// Dot products of the unit vectors span -kRetrievalScale .. kRetrievalScale in pK.
inline constexpr double kRetrievalScale = 8;

/// Huber on the differences of kRetrievalScale * dot(pocket, ligand) inside an assay against those of `pk`,
/// which gets no gradient: the vectors learn to order compounds as the whole model does. Vectors are [rows,
/// R].
struct RowVectors {
    at::Tensor pocket, ligand;
};
at::Tensor retrieval_loss(const RowVectors& vectors, const at::Tensor& pk,
                          std::span<const TrainBatch::Row> rows, double delta);

/// InfoNCE in both directions between the batch's pockets [P, R] and pairs' ligands [L, R], temperature 0.07
/// (Radford et al. 2021). Masked: other pockets of the own cluster, and pockets that the same compound was
/// measured in.
struct ContrastInput {
    at::Tensor pocket, ligand;
    std::span<const int> pocket_of_pair, ligand_of_pair, cluster_of_pocket;
};
at::Tensor contrast_loss(const ContrastInput& input);

/// Gaussian negative log-likelihood (log_variance + r^2 / variance) / 2 of the uncensored rows; no gradient
/// reaches `pk`. `log_variance` is [rows].
at::Tensor variance_loss(const at::Tensor& pk, const at::Tensor& log_variance,
                         std::span<const TrainBatch::Row> rows);

}  // namespace keyway::model
