/// The one exception type of keyway: a kind (which decides the exit code), a message and a hint.
#pragma once

#include <stdexcept>
#include <string>

namespace keyway {

/// Why something failed; the number is the exit code of the program (`design/cli.md`).
enum class ErrorKind {
    failure = 1,       ///< a bug or an unforeseen condition
    usage = 2,         ///< the command line or an option is wrong
    input = 3,         ///< an input file cannot be used
    incompatible = 4,  ///< model, dataset, plan or schema do not fit together
    incomplete = 5,    ///< a merge lacks parts
    output = 74,       ///< output cannot be written (disk full, quota, permission); can be resumed
    interrupted = 75,  ///< stopped by a signal; safe to run again
};

constexpr int exit_code(ErrorKind kind) { return static_cast<int>(kind); }

/// Message form: what, where, expected, got; lower case, no full stop. The hint says what to do.
class Error : public std::runtime_error {
public:
    Error(ErrorKind kind, const std::string& message, std::string hint = {})
        : std::runtime_error(message), kind_(kind), hint_(std::move(hint)) {}

    ErrorKind kind() const noexcept { return kind_; }
    /// Empty when there is nothing useful to add.
    const std::string& hint() const noexcept { return hint_; }

private:
    ErrorKind kind_;
    std::string hint_;
};

}  // namespace keyway
