/// Multi-head attention between blocks of queries and blocks of keys.
#pragma once

#include <ATen/core/Tensor.h>

namespace keyway::ops {

/// y_r^h = sum_k softmax_k(q_r^h . k_k^h / sqrt(d / H) + b_rk^h) v_k^h inside each block.
/// query [B, R, d], key [B, K, d], value [B, K, H * e] -> [B, R, H * e]
/// key_mask [B, K] bool, true where a key is real; undefined: all are. Every block needs one real key.
/// bias b [B, H, R, K]; undefined: none
at::Tensor cross_attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                           const at::Tensor& key_mask, int heads, const at::Tensor& bias = {});

}  // namespace keyway::ops
