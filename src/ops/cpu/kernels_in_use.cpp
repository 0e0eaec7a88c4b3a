/// The table in use, which tests and benchmarks may exchange.
#include "ops/cpu/kernels.hpp"

namespace keyway::ops::cpu {

namespace {

const Kernels*& table_in_use() {
    static const Kernels* table = &kernels();
    return table;
}

}  // namespace

const Kernels* kernels_in_use() { return table_in_use(); }
void use_kernels(const Kernels* table) { table_in_use() = table; }

}  // namespace keyway::ops::cpu
