/// What a long-running function may say to the outside world: log, progress, and "please stop".
/// Libraries never print; they receive one of these.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keyway {

enum class LogLevel { debug, info, warning, error };

/// Where log lines go. Implementations must accept calls from several threads.
class LogSink {
public:
    virtual ~LogSink() = default;
    virtual void write(LogLevel level, std::string_view line) = 0;

    void debug(std::string_view line) { write(LogLevel::debug, line); }
    void info(std::string_view line) { write(LogLevel::info, line); }
    void warning(std::string_view line) { write(LogLevel::warning, line); }
};

/// A progress bar or its absence. Calls come from one thread.
class Progress {
public:
    virtual ~Progress() = default;
    /// `unit` is a plural noun ("ligands"); `total` is empty when unknown.
    virtual void start(std::string_view label, std::string_view unit, std::optional<std::uint64_t> total) = 0;
    /// `note` is a short text beside the bar, for example "loss 0.31".
    virtual void update(std::uint64_t done, std::string_view note = {}) = 0;
    virtual void finish() = 0;
};

/// Set by a signal handler or a test; polled between records.
using StopFlag = std::atomic<bool>;

/// Borrowed, never owned: the caller keeps all three alive.
struct Context {
    LogSink& log;
    Progress& progress;
    const StopFlag& stop;
};

/// A context that says nothing and never stops; for tests and library use.
Context silent_context();

}  // namespace keyway
