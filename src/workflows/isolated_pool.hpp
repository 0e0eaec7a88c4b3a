/// Runs one function on many requests in child processes that may crash, hang or run out of memory.
///
///     caller's threads ──socketpair── workers, forked by
///         └────────────socketpair──── one server, forked from this process while it is small and calm
///
/// A worker is asked for many requests at once and answers in groups. The first request without an answer has
/// killed it, or one soon after whose group was lost: fresh workers go on from there until one dies of its
/// first request, which is given up. All others are answered as if nothing had happened.
#pragma once

#include "keyway/workflows/record_guard.hpp"

#include <sys/types.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keyway::workflows {

struct IsolatedAnswer {
    enum class Kind { answered, crashed, timed_out, out_of_memory };
    Kind kind = Kind::answered;
    std::string text;  ///< what the function returned, or for people what happened
};

class IsolatedPool {
public:
    /// Runs in the worker. May throw: std::bad_alloc is `out_of_memory`, anything else `crashed`.
    using Function = std::string (*)(std::string_view request);

    explicit IsolatedPool(Function function);
    ~IsolatedPool();

    /// Forks the server unless it runs. Best called before other threads exist and before large libraries are
    /// loaded: the workers are copies of the process as it is now. Throws Error(failure).
    void start();

    /// Answers in order of the requests. Thread-safe; every calling thread has a worker of its own meanwhile.
    /// Throws Error(failure) only where the system gives no more processes.
    std::vector<IsolatedAnswer> run(std::span<const std::string> requests, const RecordGuard& guard);

    /// Of the workers that wait for work; for tests.
    std::vector<pid_t> idle_workers() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace keyway::workflows
