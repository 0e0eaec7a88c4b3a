/// keyway_bench [--json FILE] [Google Benchmark's flags]: a table on stdout, and a flat map of the counters.
#include <benchmark/benchmark.h>

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

    KeepingReporter reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
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
