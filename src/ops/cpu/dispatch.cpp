/// Chooses the kernels that this CPU runs fastest.
#include "ops/cpu/kernels.hpp"
#include "ops/cpu/training_kernels.hpp"

#include "keyway/ops/ligand_kernels.hpp"

#include <cstdlib>
#include <string_view>
#include <vector>

namespace keyway::ops::cpu {

#define KEYWAY_DECLARE(isa)                        \
    namespace isa {                                \
    extern const Kernels kernels;                  \
    extern const LigandKernels ligand_kernels;     \
    extern const TrainingKernels training_kernels; \
    }
KEYWAY_DECLARE(portable)
#if defined(__x86_64__)
KEYWAY_DECLARE(avx2)
KEYWAY_DECLARE(avx512)
namespace avx512_bf16 {
void dense_bf16(std::int64_t, Rows, const DenseBf16&, Activation, Rows, Rows);
}
#endif

namespace {

template <class Table>
struct OfEachSet {
    const Table *portable, *avx2, *avx512;
};

template <class Table>
std::vector<const Table*> runnable(const OfEachSet<Table>& tables) {
    std::vector<const Table*> list{tables.portable};
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) list.push_back(tables.avx2);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
        list.push_back(tables.avx512);
#endif
    return list;
}

template <class Table>
const Table& chosen(std::span<const Table* const> list) {
    const char* limit = std::getenv("KEYWAY_ISA");
    for (const Table* table : list)
        if (limit && std::string_view(limit) == table->isa) return *table;
    return *list.back();
}

#if defined(__x86_64__)
#define KEYWAY_EACH_SET(table) &portable::table, &avx2::table, &avx512::table
#else
#define KEYWAY_EACH_SET(table) &portable::table, nullptr, nullptr
#endif

}  // namespace

std::span<const Kernels* const> runnable_kernels() {
    static const auto found = runnable(OfEachSet<Kernels>{KEYWAY_EACH_SET(kernels)});
    return found;
}

const Kernels& kernels() {
    static const Kernels& table = chosen(runnable_kernels());
    return table;
}

std::span<const LigandKernels* const> runnable_ligand_kernels() {
    static const auto found = runnable(OfEachSet<LigandKernels>{KEYWAY_EACH_SET(ligand_kernels)});
    return found;
}

const LigandKernels& ligand_kernels() {
    static const LigandKernels& table = chosen(runnable_ligand_kernels());
    return table;
}

std::span<const TrainingKernels* const> runnable_training_kernels() {
    static const auto found = runnable(OfEachSet<TrainingKernels>{KEYWAY_EACH_SET(training_kernels)});
    return found;
}

namespace {

const TrainingKernels*& training_table() {
    static const TrainingKernels* table = &chosen(runnable_training_kernels());
    return table;
}

}  // namespace

const TrainingKernels* training_kernels() { return training_table(); }
void use_training_kernels(const TrainingKernels* table) { training_table() = table; }

DenseBf16Kernel dense_bf16() {
#if defined(__x86_64__)
    if (&ligand_kernels() == &avx512::ligand_kernels && __builtin_cpu_supports("avx512bf16"))
        return avx512_bf16::dense_bf16;
#endif
    return nullptr;
}

}  // namespace keyway::ops::cpu
