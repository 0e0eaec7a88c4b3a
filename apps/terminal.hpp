/// What a run says on stderr: log lines, and a progress bar when a person is watching.
#pragma once

#include "keyway/core/context.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace keyway::apps {

enum class ProgressMode { automatic, always, never };

struct TerminalOptions {
    bool verbose = false;  ///< debug lines too
    bool quiet = false;    ///< warnings only, no progress
    ProgressMode progress =
        ProgressMode::automatic;     ///< automatic: a bar on a terminal, else a line every 10 s
    std::filesystem::path log_file;  ///< every line, with time; appended
};

/// Log lines and bar share one lock, so that a line never lands inside the bar.
class Terminal {
public:
    /// Throws Error(output) if the log file cannot be opened.
    explicit Terminal(const TerminalOptions& options);
    ~Terminal();
    LogSink& log();
    Progress& progress();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Columns for text on stdout: the terminal's width between 60 and 110, else 100.
int text_width();
/// True if stdout is a terminal that shows bold text and NO_COLOR is not set.
bool stdout_has_style();
/// Control characters as \xNN: a hostile title must not move the cursor.
std::string printable(std::string_view text);
/// "1:02:03", "2:10", "8 s".
std::string readable_duration(double seconds);

}  // namespace keyway::apps
