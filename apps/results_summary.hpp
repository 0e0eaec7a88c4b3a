/// What `screen` and `score --pairs` have in common at both ends: output options, checks, the summary and
/// run.json.
#pragma once

#include "command_line.hpp"
#include "input_options.hpp"
#include "run_record.hpp"

#include "keyway/core/context.hpp"
#include "keyway/model/network.hpp"
#include "keyway/model/passport.hpp"
#include "keyway/workflows/prepare_pocket.hpp"
#include "keyway/workflows/screen.hpp"

#include <string>

namespace keyway::apps {

struct OutputFlags {
    std::string out = "-", format, columns, rejected;
    bool strict = false, overwrite = false;
};
void add_output_options(CommandLine& line, OutputFlags& flags);
/// Fills `out`, `format`, `columns`, `rejected`, `strict` and `if_exists`; the ligands must be known already.
void apply(const OutputFlags& flags, workflows::ScreenOptions& options);

/// "ranked" or "input".
workflows::RowOrder parse_order(const std::string& text);

/// Columns, reason codes and exit codes for `--help`.
std::string columns_help();

/// Throws Error(input) where an input file does not exist or is a folder.
void check_input_file(const std::filesystem::path& path, std::string_view option);
/// Throws Error(usage) where a result, run.json or rejected file exists and may not be replaced.
void check_outputs(const workflows::ScreenOptions& options);
void warn_of_other_ligand_policy(const LigandFlags& flags, const model::Passport& passport, LogSink& log);

/// "1000 ligands in 12 s (83/s): 995 ok, 5 rejected", reasons, where the rows are.
void report_results(const workflows::ScreenSummary& summary, const workflows::ScreenOptions& options,
                    std::string_view unit, LogSink& log);
void add_pocket(RunRecord& record, const workflows::PreparedPocket& pocket, const model::Passport& passport);
void add_counts(RunRecord& record, const workflows::ScreenSummary& summary);
void add_results(RunRecord& record, const workflows::ScreenSummary& summary, const model::DeviceInfo& info);

/// 0; 75 after a stop; 3 if nothing was ok, or anything was rejected under --strict (throws for a message).
int results_exit_code(const workflows::ScreenSummary& summary, const workflows::ScreenOptions& options);

}  // namespace keyway::apps
