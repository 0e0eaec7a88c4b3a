/// The child's side of `IsolatedPool`: the server that forks, the worker that answers, and what they say on
/// the wire (same machine, same program: plain structs).
#pragma once

#include "isolated_pool.hpp"

#include <cstdint>

namespace keyway::workflows::isolated {

/// To the server. pid 0: fork a worker, reply `Spawned` with its socket attached; else: wait for the end of
/// that worker, reply `Ended`.
struct Command {
    pid_t pid = 0;
};
struct Spawned {
    pid_t pid = -1;  ///< -1: the system refused, see `error`
    int error = 0;
};
struct Ended {
    int status = 0;  ///< as of waitpid; -1: no such worker
};

/// To a worker, followed by `bytes` bytes: for each request its length as uint64, then its text.
struct BatchHeader {
    std::uint64_t requests = 0, bytes = 0;
    double max_seconds = 0;
    std::uint64_t max_memory_mb = 0;
};
/// From a worker, followed by `bytes` bytes.
struct AnswerHeader {
    std::uint64_t bytes = 0;
    IsolatedAnswer::Kind kind = IsolatedAnswer::Kind::answered;
};

/// Ends the worker that has used up a record's processor time.
inline constexpr int kTimeoutSignal = 27;  // SIGPROF, what ITIMER_PROF sends

/// Never returns. Keeps no file of the parent open but `control`.
[[noreturn]] void serve(int control, IsolatedPool::Function function);

}  // namespace keyway::workflows::isolated
