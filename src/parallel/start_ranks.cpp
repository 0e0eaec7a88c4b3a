/// Alone or by MPI; and what the launcher's environment says about it.
#include "parallel/mpi_abi.hpp"

#include "keyway/core/error.hpp"
#include "keyway/parallel/ranks.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace keyway::parallel {
namespace {

namespace fs = std::filesystem;

constexpr auto kInstallHint =
    "install libopenmpi-dev and openmpi-bin (or load your cluster's MPI) and build keyway again with "
    "-DKEYWAY_MPI=ON";

/// Processes of this very launch. SLURM_NTASKS is no sign of it: it is set inside any allocation.
int launched_processes() {
    int processes = 1;
    for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"})
        if (const char* text = std::getenv(name)) {
            int number = 1;
            std::from_chars(text, text + std::strlen(text), number);
            processes = std::max(processes, number);
        }
    return processes;
}

/// Beside the program as built or installed. $KEYWAY_MPI_LIBRARY names another one.
std::vector<fs::path> library_candidates() {
    if (const char* own = std::getenv("KEYWAY_MPI_LIBRARY")) return {own};
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
    return {(program / "../lib" / kMpiLibrary).lexically_normal(),
            (program / ".." / KEYWAY_LIBRARY_FOLDER / kMpiLibrary).lexically_normal(),
            fs::path(KEYWAY_INSTALL_PREFIX) / KEYWAY_LIBRARY_FOLDER / kMpiLibrary};
}

fs::path find_library() {
    std::error_code error;
    for (const fs::path& candidate : library_candidates())
        if (fs::exists(candidate, error)) return candidate;
    throw Error(ErrorKind::failure,
                std::string("--mpi: this keyway was built without MPI (there is no ") + kMpiLibrary + ")",
                kInstallHint);
}

std::string loader_error() {
    const char* text = dlerror();
    return text ? text : "no reason given";
}

/// Stays open until the program ends. RTLD_GLOBAL: Open MPI's plugins look for its symbols.
std::unique_ptr<Ranks> start_mpi(double patience_seconds) {
    const fs::path path = find_library();
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
    if (!library)
        throw Error(ErrorKind::failure, "--mpi: cannot load the MPI library: " + loader_error(),
                    "is the MPI that keyway was built with still in place? `ldd " + path.string() +
                        "` shows what is missing");
    const auto* abi = static_cast<const std::uint32_t*>(dlsym(library, kMpiAbiSymbol));
    auto* start = reinterpret_cast<MpiStart*>(dlsym(library, kMpiStartSymbol));
    if (!abi || !start || *abi != kMpiAbi)
        throw Error(ErrorKind::failure, "--mpi: " + path.string() + " belongs to another keyway",
                    "install the program and libkeyway_mpi.so from one build");
    return std::unique_ptr<Ranks>(start(patience_seconds));
}

class Alone : public Ranks {
public:
    int rank() const override { return 0; }
    int size() const override { return 1; }
    void sum(std::span<float>) override {}
    std::vector<std::string> gather(const std::string& text) override { return {text}; }
    void look_for_lost(double) override {}
};

}  // namespace

Ranks& one_rank() {
    static Alone alone;
    return alone;
}

std::unique_ptr<Ranks> start_ranks(Launch launch, double patience_seconds) {
    const int launched = launched_processes();
    if (launch == Launch::alone) {
        if (launched > 1)
            throw Error(ErrorKind::usage,
                        "this is one of " + std::to_string(launched) +
                            " processes of mpirun or srun, and without --mpi each would do all the work in "
                            "the same folder",
                        "add --mpi, or start one process");
        return std::make_unique<Alone>();
    }
    std::unique_ptr<Ranks> ranks = start_mpi(patience_seconds);
    if (ranks->size() == 1 && launched > 1)
        throw Error(ErrorKind::usage,
                    "--mpi: the launcher started " + std::to_string(launched) +
                        " processes, but to MPI each of them is alone",
                    "start them by the mpirun of the MPI that keyway was built with, or by srun --mpi=pmix");
    return ranks;
}

}  // namespace keyway::parallel
