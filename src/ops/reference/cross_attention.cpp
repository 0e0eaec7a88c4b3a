/// Reference of cross_attention.hpp.
#include "keyway/ops/cross_attention.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

namespace keyway::ops {

at::Tensor cross_attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                           const at::Tensor& key_mask, int heads, const at::Tensor& bias) {
    const auto by_head = [heads](const at::Tensor& x) {  // [B, R, d] -> [B, H, R, d / H]
        return x.reshape({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);
    };
    const double scale = 1 / std::sqrt(static_cast<double>(query.size(2) / heads));
    at::Tensor logit = at::matmul(by_head(query * scale), by_head(key).transpose(2, 3));  // [B, H, R, K]
    if (bias.defined()) logit = logit + bias;
    if (key_mask.defined()) {
        const at::Tensor hidden = key_mask.logical_not().unsqueeze(1).unsqueeze(1);  // [B, 1, 1, K]
        logit = logit.masked_fill(hidden, -std::numeric_limits<double>::infinity());
    }
    const at::Tensor attended = at::matmul(at::softmax(logit, 3), by_head(value));  // [B, H, R, e]
    return attended.transpose(1, 2).reshape({query.size(0), query.size(1), value.size(2)});
}

}  // namespace keyway::ops
