/// Eight vectors of eight floats as a square.
#pragma once

#include "ops/cpu/lanes.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {

/// Lane j of vector k changes place with lane k of vector j.
static inline __attribute__((always_inline)) void transpose(Vec<8> (&x)[8]) {
    Vec<8> y[8];
    for (int k = 0; k < 8; k += 2) {
        y[k] = __builtin_shufflevector(x[k], x[k + 1], 0, 8, 1, 9, 4, 12, 5, 13);
        y[k + 1] = __builtin_shufflevector(x[k], x[k + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
    Vec<8> z[8];  // lanes 0 and 4, 1 and 5, 2 and 6, 3 and 7 of the first four vectors, then of the others
    for (int k = 0; k < 8; k += 4)
        for (int j = 0; j < 2; ++j) {
            z[k + 2 * j] = __builtin_shufflevector(y[k + j], y[k + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
            z[k + 2 * j + 1] = __builtin_shufflevector(y[k + j], y[k + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
        }
    for (int k = 0; k < 4; ++k) {
        x[k] = __builtin_shufflevector(z[k], z[k + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        x[k + 4] = __builtin_shufflevector(z[k], z[k + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA
