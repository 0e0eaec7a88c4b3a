/// Chooses the kernels that this CPU runs fastest.
#include "ops/cpu/kernels.hpp"

#include <cstdlib>
#include <string_view>
#include <vector>

namespace keyway::ops::cpu {

namespace portable {
extern const Kernels kernels;
}
#if defined(__x86_64__)
namespace avx2 {
extern const Kernels kernels;
}
namespace avx512 {
extern const Kernels kernels;
}
#endif

std::span<const Kernels* const> runnable_kernels() {
    static const std::vector<const Kernels*> found = [] {
        std::vector<const Kernels*> list{&portable::kernels};
#if defined(__x86_64__)
        __builtin_cpu_init();
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) list.push_back(&avx2::kernels);
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
            __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
            list.push_back(&avx512::kernels);
#endif
        return list;
    }();
    return found;
}

const Kernels& kernels() {
    static const Kernels& chosen = []() -> const Kernels& {
        const auto list = runnable_kernels();
        const char* limit = std::getenv("KEYWAY_ISA");
        for (const Kernels* table : list)
            if (limit && std::string_view(limit) == table->isa) return *table;
        return *list.back();
    }();
    return chosen;
}

}  // namespace keyway::ops::cpu
