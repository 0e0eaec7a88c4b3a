/// Ranks by MPI: the whole of libkeyway_mpi.so.
///
/// Collectives are non-blocking and polled. A blocking one never returns where a rank has died, unless the
/// launcher ends the job (mpirun does, srun may not); polling can look whether the others are still alive.
#include "parallel/mpi_abi.hpp"

#include "keyway/core/error.hpp"

#include <mpi.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <thread>

namespace keyway::parallel {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

/// Polling without sleep. A sum moves in many small pieces, and all ranks have just met: each sleep would
/// delay a piece. Whoever gathers may wait long for the others, and leaves them the core.
constexpr Seconds kSpinInSum{2}, kSpinInGather{0.002};
constexpr Seconds kLookEvery{0.02};  ///< whether neighbours live
constexpr Seconds kLinger{0.2};  ///< after a loss, so that the others find the same rank lost, not this one
constexpr double kGoodbyeSeconds = 2;

void require_success(int code, const char* what) {
    if (code == MPI_SUCCESS) return;
    char text[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    MPI_Error_string(code, text, &length);
    throw Error(ErrorKind::interrupted,
                std::string("MPI: ") + what + ": " + std::string(text, static_cast<std::size_t>(length)),
                "a rank may be lost; run the same command again to continue from the last checkpoint");
}

/// Where process numbers mean the same: machine and namespace.
std::string place_of_process_numbers() {
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    std::error_code ignored;
    return std::string(host) + " " + std::filesystem::read_symlink("/proc/self/ns/pid", ignored).string();
}

/// A process that ended, even if its parent has not looked yet (state Z).
bool has_ended(pid_t process) {
    if (kill(process, 0) != 0 && errno == ESRCH) return true;
    std::ifstream file("/proc/" + std::to_string(process) + "/stat");
    std::string line;
    std::getline(file, line);
    const auto name_end = line.rfind(')');
    return name_end != std::string::npos && name_end + 2 < line.size() && line[name_end + 2] == 'Z';
}

class MpiRanks : public Ranks {
public:
    explicit MpiRanks(double patience_seconds) : patience_(patience_seconds) {
        int provided = 0;
        require_success(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "start");
        MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
        require_success(MPI_Comm_dup(MPI_COMM_WORLD, &goodbye_), "start");
        MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
        MPI_Comm_size(MPI_COMM_WORLD, &size_);
        find_neighbours();
    }

    /// Leaving in order takes everybody: where one is missing, the process just ends, and the launcher ends
    /// the others.
    ~MpiRanks() override {
        if (lost_) return;
        try {
            patience_ = Seconds(kGoodbyeSeconds);
            MPI_Request request;
            check(MPI_Ibarrier(goodbye_, &request), "leaving");
            wait(request, "leaving");
            MPI_Finalize();
        } catch (const Error&) {
            // Whoever is missing has said why, or the launcher does.
        }
    }

    int rank() const override { return rank_; }
    int size() const override { return size_; }

    void sum(std::span<float> values) override {
        MPI_Request request;
        check(MPI_Iallreduce(MPI_IN_PLACE, values.data(), static_cast<int>(values.size()), MPI_FLOAT, MPI_SUM,
                             MPI_COMM_WORLD, &request),
              "sum");
        wait(request, "sum", kSpinInSum);
    }

    std::vector<std::string> gather(const std::string& text) override {
        const int length = static_cast<int>(text.size());
        const auto size = static_cast<std::size_t>(size_);
        std::vector<int> lengths(size), starts(size);
        MPI_Request request;
        check(MPI_Iallgather(&length, 1, MPI_INT, lengths.data(), 1, MPI_INT, MPI_COMM_WORLD, &request),
              "gather");
        wait(request, "gather");
        int total = 0;
        for (std::size_t r = 0; r < size; ++r) {
            starts[r] = total;
            total += lengths[r];
        }
        std::string all(static_cast<std::size_t>(total), '\0');
        check(MPI_Iallgatherv(text.data(), length, MPI_CHAR, all.data(), lengths.data(), starts.data(),
                              MPI_CHAR, MPI_COMM_WORLD, &request),
              "gather");
        wait(request, "gather");
        std::vector<std::string> texts;
        for (std::size_t r = 0; r < size; ++r)
            texts.push_back(
                all.substr(static_cast<std::size_t>(starts[r]), static_cast<std::size_t>(lengths[r])));
        return texts;
    }

    void look_for_lost(double waited_seconds) override {
        for (const Neighbour& neighbour : neighbours_)
            if (has_ended(neighbour.process))
                lose("rank " + std::to_string(neighbour.rank) + " (process " +
                     std::to_string(neighbour.process) + ") was lost");
        if (waited_seconds > patience_.count())
            lose("another rank has been silent for " + std::to_string(static_cast<long>(waited_seconds)) +
                 " s and is taken for lost");
    }

private:
    /// After an error a buffer may still be in use by MPI: nothing may be asked of it any more.
    void check(int code, const char* what) {
        lost_ |= code != MPI_SUCCESS;
        require_success(code, what);
    }

    struct Neighbour {
        int rank;
        pid_t process;
    };

    void find_neighbours() {
        const std::string place = place_of_process_numbers();
        const auto everyone = gather(std::to_string(getpid()) + " " + place);
        for (int r = 0; r < size_; ++r) {
            const std::string& text = everyone[static_cast<std::size_t>(r)];
            const auto space = text.find(' ');
            if (r != rank_ && text.substr(space + 1) == place)
                neighbours_.push_back({r, std::atoi(text.c_str())});
        }
    }

    void wait(MPI_Request& request, const char* what, Seconds spin = kSpinInGather) {
        const auto began = Clock::now();
        auto looked = began;
        for (;;) {
            int done = 0;
            check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), what);
            if (done) return;
            const auto now = Clock::now();
            if (now - looked > kLookEvery) {
                looked = now;
                look_for_lost(Seconds(now - began).count());
            }
            if (now - began < spin)
                sched_yield();
            else
                std::this_thread::sleep_for(std::chrono::microseconds(100));
        }
    }

    [[noreturn]] void lose(const std::string& message) {
        lost_ = true;
        std::this_thread::sleep_for(kLinger);
        throw Error(
            ErrorKind::interrupted, message,
            "run the same command again: it continues from the last checkpoint, with any number of ranks");
    }

    Seconds patience_;
    MPI_Comm goodbye_ = MPI_COMM_NULL;  ///< its own: a rank that leaves early meets nobody's sum
    int rank_ = 0, size_ = 1;
    std::vector<Neighbour> neighbours_;  ///< other ranks whose process numbers mean something here
    bool lost_ = false;
};

}  // namespace
}  // namespace keyway::parallel

extern "C" {
__attribute__((visibility("default"))) extern const std::uint32_t keyway_mpi_abi;
const std::uint32_t keyway_mpi_abi = keyway::parallel::kMpiAbi;

__attribute__((visibility("default"))) keyway::parallel::Ranks* keyway_mpi_start(double patience_seconds) {
    return new keyway::parallel::MpiRanks(patience_seconds);
}
}
