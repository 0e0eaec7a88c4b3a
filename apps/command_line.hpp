/// Command lines on top of Boost.Program_options: grouped options, `-h` (one screen) and `--help` (all),
/// flag > KEYWAY_* environment > --config file > default, nearest suggestion for a mistyped name.
#pragma once

#include "keyway/core/context.hpp"

#include <boost/program_options.hpp>

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace keyway::apps {

/// Declares a verb's options, then reads them. Usage:
///
///     CommandLine line("screen", "Rank a library", {"keyway screen -r 1abc.pdb -l lib.smi -o hits.tsv"});
///     line.group("Input").add_options()("receptor,r", po::value(&receptor)->required(), "...");
///     line.group("Advanced", CommandLine::in_full_help_only).add_options()("seed", po::value(&seed), "...");
///     if (!line.parse(arguments)) return 0;  // -h, --help or --print-config has been answered
///
/// Names are kebab-case; `--snake_case` of the same name is accepted. Paths are std::string options (Boost
/// reads std::filesystem::path with quoting rules that surprise).
class CommandLine {
public:
    enum Visibility { always, in_full_help_only };

    CommandLine(std::string verb, std::string summary, std::vector<std::string> examples);
    ~CommandLine();

    /// Options added to the returned description appear under `title`, in order of first use. One title may
    /// have options of both visibilities.
    boost::program_options::options_description& group(const std::string& title,
                                                       Visibility visibility = always);
    /// Positional words go to this option.
    void positional(const std::string& option, int max_count = -1);
    /// Text after the options in `--help` (columns, units, exit codes).
    void epilogue(std::string text);

    /// Also adds -h, --help, --config, --print-config, -v, -q, --progress, --log-file to every verb.
    /// Returns false when help was printed. Throws Error(usage) with a hint.
    bool parse(std::span<const std::string> arguments);

    bool given(const std::string& option) const;  ///< by flag, environment or config (not by default)
    /// The resolved options as `name = value` lines (what --print-config writes, what run.json holds).
    std::string resolved() const;
    /// Log sink, progress bar and stop flag set up from -v, -q, --progress and the terminal.
    Context context();

    /// Every option of the verb, "--name" and "-n", for shell completion and for tests.
    std::vector<std::string> option_names() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// As the only argument of a verb: print `option_names()`, for shell completion.
inline constexpr auto kOptionNames = "--option-names";

/// SIGINT and SIGTERM set this flag; the second one ends the program at once. SIGPIPE ends it quietly, as any
/// filter (`keyway screen -o - ... | head`).
const StopFlag& stop_flag();
void install_signal_handlers();

}  // namespace keyway::apps
