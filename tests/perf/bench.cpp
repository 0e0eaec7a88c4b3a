/// keyway_bench [--json FILE] [Google Benchmark's flags]: a table on stdout, and a flat map of the counters.
#include "keep_memory.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

namespace {

/// Prints as usual and keeps the counters of each benchmark ("ligands_per_second").
class KeepingReporter : public benchmark::ConsoleReporter {
public:
    void ReportRuns(const std::vector<Run>& runs) override {
        ConsoleReporter::ReportRuns(runs);
        for (const Run& run : runs) {
            if (run.error_occurred) failed = true;
            for (const auto& [name, counter] : run.counters) values.emplace_back(name, counter.value);
        }
    }

    std::vector<std::pair<std::string, double>> values;
    bool failed = false;
};

/// Ratios of one run, added to the map where both benchmarks ran.
struct Ratio {
    const char *name, *above, *below;
    const char* times = nullptr;  ///< a further counter above
};
constexpr Ratio kRatios[] = {
    {"edge_conv_fwd_speedup", "fused_edge_conv_fwd_per_second", "reference_edge_conv_fwd_per_second"},
    {"edge_conv_fwdbwd_speedup", "fused_edge_conv_fwdbwd_per_second",
     "reference_edge_conv_fwdbwd_per_second"},
    {"node_product_speedup", "product_fwdbwd_per_second", "reference_product_fwdbwd_per_second"},
    {"equivariant_norm_speedup", "norm_fwdbwd_per_second", "reference_norm_fwdbwd_per_second"},
    {"invariants_speedup", "invariants_fwdbwd_per_second", "reference_invariants_fwdbwd_per_second"},
    {"gated_update_speedup", "update_fwdbwd_per_second", "reference_update_fwdbwd_per_second"},
    {"linear_speedup", "linear_fwdbwd_per_second", "reference_linear_fwdbwd_per_second"},
    {"encoder_fwd_speedup", "encoder_fwd_per_second", "reference_encoder_fwd_per_second"},
    {"encoder_fwdbwd_speedup", "encoder_fwdbwd_per_second", "reference_encoder_fwdbwd_per_second"},
    {"encoder_share_of_gemm_limit", "encoder_fwdbwd_per_second", "gemm_gflops_core",
     "encoder_fwdbwd_product_gflop"},
    {"peer_encoder_share_of_gemm_limit", "peer_encoder_fwdbwd_per_second", "gemm_gflops_core",
     "peer_encoder_fwdbwd_product_gflop"},
    {"attention_fwd_speedup", "fused_attention_fwd_per_second", "reference_attention_fwd_per_second"},
    {"attention_speedup", "fused_attention_fwdbwd_per_second", "reference_attention_fwdbwd_per_second"},
    {"changed_attention_speedup", "fused_changed_attention_fwdbwd_per_second",
     "reference_changed_attention_fwdbwd_per_second"},
    {"reverse_attention_speedup", "fused_reverse_attention_fwdbwd_per_second",
     "reference_reverse_attention_fwdbwd_per_second"},
    {"pair_sum_speedup", "fused_sum_of_pairs_fwdbwd_per_second", "reference_sum_of_pairs_fwdbwd_per_second"},
    {"gine_speedup", "fused_bond_messages_fwdbwd_per_second", "reference_bond_messages_fwdbwd_per_second"},
    {"adamw_speedup", "fused_adamw_per_second", "reference_adamw_per_second"},
    {"train_step_speedup_fast", "train_samples_per_second_fast", "reference_train_samples_per_second_fast"},
    {"train_step_speedup_base", "train_samples_per_second_base", "reference_train_samples_per_second_base"},
    {"ligand_engine_speedup_fast", "fast_engine_ligands_per_second_core",
     "fast_reference_ligands_per_second_core"},
    {"ligand_engine_speedup_base", "base_engine_ligands_per_second_core",
     "base_reference_ligands_per_second_core"},
    {"ligands_share_of_gemm_limit", "base_engine_ligands_per_second_core", "gemm_gflops_core",
     "base_gflop_per_ligand"},
    {"screen_share_of_gemm_limit", "ligands_per_s_core", "ligands_per_s_core_gemm_gflops",
     "base_screen_gflop_per_ligand"},
    {"fast_screen_share_of_gemm_limit", "fast_ligands_per_s_core", "fast_ligands_per_s_core_gemm_gflops",
     "fast_screen_gflop_per_ligand"},
    {"bf16_engine_speedup_fast", "fast_bf16_engine_ligands_per_second_core",
     "fast_engine_ligands_per_second_core"},
    {"bf16_engine_speedup_base", "base_bf16_engine_ligands_per_second_core",
     "base_engine_ligands_per_second_core"},
};

using Values = std::vector<std::pair<std::string, double>>;

/// 0: not measured.
double value_of(const Values& values, const std::string& name) {
    for (const auto& [known, value] : values)
        if (known == name) return value;
    return 0;
}

/// How near each operation, encoder and training step comes to what this machine allows: the larger of its
/// arithmetic at the speed of matrix products and its arrays at the speed of memory, both of this run.
void add_rooflines(Values& values) {
    const double gemm = value_of(values, "gemm_gflops_core"),
                 memory = value_of(values, "memory_gbytes_per_s_core");
    if (gemm == 0 || memory == 0) return;
    Values shares;
    for (const auto& [name, gflop] : values) {
        if (!name.ends_with("_gflop")) continue;
        const std::string operation = name.substr(0, name.size() - 6);
        const double gbyte = value_of(values, operation + "_gbyte"),
                     rate = value_of(values, operation + "_per_second");
        if (gbyte == 0 || rate == 0) continue;
        const double arithmetic = gflop / gemm, traffic = gbyte / memory;
        if (shares.empty())
            std::printf(
                "\nroofline: %.1f GFLOP/s (matrix products), %.1f GB/s (memory)\n%-36s %10s %10s %10s "
                "%10s  %s\n",
                gemm, memory, "work", "ms", "MFLOP", "MB", "share", "limit");
        shares.emplace_back(operation + "_roofline_share", rate * std::max(arithmetic, traffic));
        std::printf("%-36s %10.3f %10.1f %10.2f %9.1f%%  %s\n", operation.c_str(), 1e3 / rate, 1e3 * gflop,
                    1e3 * gbyte, 100 * shares.back().second, arithmetic > traffic ? "arithmetic" : "memory");
    }
    values.insert(values.end(), shares.begin(), shares.end());
}

void add_ratios(Values& values) {
    const auto find = [&](const char* name) { return name ? value_of(values, name) : 0; };
    for (const Ratio& ratio : kRatios) {
        const double above = find(ratio.above), below = find(ratio.below),
                     times = ratio.times ? find(ratio.times) : 1;
        if (above > 0 && below > 0 && times > 0) values.emplace_back(ratio.name, times * above / below);
    }
    for (const std::string name : {"encoder_fwdbwd", "peer_encoder_fwdbwd"}) {
        const double rate = value_of(values, name + "_per_second"),
                     gemm = value_of(values, "gemm_gflops_core");
        if (rate > 0) values.emplace_back(name + "_ms", 1000 / rate);
        if (rate > 0 && gemm > 0)
            values.emplace_back(name + "_gemm_limit_ms",
                                1000 * value_of(values, name + "_product_gflop") / gemm);
    }
}

}  // namespace

int main(int argc, char** argv) {
    std::string json;
    std::vector<char*> flags;
    for (int i = 0; i < argc; ++i) {
        if (std::string(argv[i]) == "--json" && i + 1 < argc)
            json = argv[++i];
        else
            flags.push_back(argv[i]);
    }
    int count = static_cast<int>(flags.size());
    benchmark::Initialize(&count, flags.data());
    if (benchmark::ReportUnrecognizedArguments(count, flags.data())) return 2;

    keyway::apps::keep_memory();
    KeepingReporter reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
    add_ratios(reporter.values);
    add_rooflines(reporter.values);
    if (!json.empty()) {
        std::ofstream out(json);
        out << "{";
        const char* separator = "\n";
        for (const auto& [name, value] : reporter.values) {
            out << separator << "  \"" << name << "\": " << value;
            separator = ",\n";
        }
        out << "\n}\n";
        if (!out.flush()) {
            std::cerr << "cannot write " << json << '\n';
            return 74;
        }
    }
    return reporter.failed ? 1 : 0;
}
