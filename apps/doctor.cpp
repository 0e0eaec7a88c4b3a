/// `keyway doctor`: is everything here, and does it work?
#include "command_line.hpp"
#include "terminal.hpp"
#include "verbs.hpp"
#include "versions.hpp"

#include "keyway/core/error.hpp"
#include "keyway/model/network.hpp"
#include "keyway/parallel/gpu_sum.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <thread>

namespace keyway::apps {
namespace {

/// Prints findings and remembers whether one of them was a problem.
class Report {
public:
    void fine(std::string_view name, const std::string& text) { print("ok", name, text); }
    void fact(std::string_view name, const std::string& text) { print("", name, text); }
    void problem(std::string_view name, const std::string& text, const std::string& hint) {
        print("PROBLEM", name, text);
        if (!hint.empty()) std::cout << fmt::format("{:24}hint: {}\n", "", printable(hint));
        ++problems_;
    }
    int problems() const { return problems_; }

private:
    static void print(std::string_view mark, std::string_view name, const std::string& text) {
        std::cout << fmt::format("{:8} {:<14} {}\n", mark, name, printable(text));
    }
    int problems_ = 0;
};

void look_at_machine(Report& report) {
    cpu_set_t allowed;
    const int usable = sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 0;
    report.fact("cores", fmt::format("{} usable of {}", usable, std::thread::hardware_concurrency()));
    const double bytes =
        static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
    report.fact("memory", fmt::format("{:.1f} GB", bytes / 1e9));
}

void look_at_network(Report& report) {
    try {
        const model::DeviceInfo info = model::network().info();
        report.fine("LibTorch", info.torch_version);
        report.fact("BLAS", info.blas);
        report.fact("CPU code", info.cpu_capability);
        if (info.cuda_available)
            for (const auto& device : info.cuda_devices) report.fine("CUDA", device);
        else
            report.fact("CUDA", "none (--device auto takes the CPU)");
        report.fact("NCCL", parallel::nccl_version());  // after LibTorch, which may bring it along
    } catch (const Error& error) {
        report.problem("network", error.what(), error.hint());
    }
}

void look_at_models(Report& report) {
    if (const char* folder = std::getenv("KEYWAY_MODELS")) report.fact("KEYWAY_MODELS", folder);
    for (const std::string name : {"fast", "base", "tiny"}) {
        std::filesystem::path weights;
        try {
            weights = model::resolve_model(name);
        } catch (const Error& error) {  // only the default has to be there
            if (name == "fast") report.problem("model " + name, error.what(), error.hint());
            continue;
        }
        try {
            const model::Passport passport = model::read_passport(weights);
            report.fine("model " + name,
                        fmt::format("{} (features {})", weights.string(), passport.feature_version));
        } catch (const Error& error) {
            report.problem("model " + name, error.what(), error.hint());
        }
    }
}

}  // namespace

int run_doctor(std::span<const std::string> arguments) {
    CommandLine line("doctor",
                     "Say which versions, devices and models keyway has here, and whether they work.",
                     {"keyway doctor", "keyway doctor > doctor.txt    # to attach to a report"});
    line.epilogue("Exit code 1 if there is a problem.");
    if (!line.parse(arguments)) return 0;

    Report report;
    for (const auto& [name, version] : library_versions()) report.fact(name, version);
    look_at_machine(report);
    look_at_network(report);
    look_at_models(report);
    std::cout << (report.problems() == 0
                      ? "all is well\n"
                      : fmt::format("{} problem{}\n", report.problems(), report.problems() == 1 ? "" : "s"));
    return report.problems() == 0 ? 0 : exit_code(ErrorKind::failure);
}

}  // namespace keyway::apps
