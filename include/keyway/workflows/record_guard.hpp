/// What one record may cost before it is given up, and where it is read.
#pragma once

#include <cstdint>

namespace keyway::workflows {

/// process: records are parsed in child processes, so that a molecule which crashes, hangs or eats memory
/// costs its own row (WORKER_CRASHED, TIMEOUT, OUT_OF_MEMORY) and nothing else. none: in this process,
/// without limits; answers are the same bytes.
enum class Isolation { process, none };

struct RecordGuard {
    Isolation isolation = Isolation::process;
    double max_seconds = 20;             ///< processor time; ten times as much where a record sleeps
    std::uint64_t max_memory_mb = 2048;  ///< beyond what a fresh child has

    /// Throws Error(usage) and names the option.
    void check() const;
};

}  // namespace keyway::workflows
