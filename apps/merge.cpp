/// `keyway merge`: one table from the chunks of several processes.
#include "keyway/workflows/merge.hpp"

#include "command_line.hpp"
#include "option_values.hpp"
#include "results_summary.hpp"
#include "run_record.hpp"
#include "screening_verbs.hpp"

#include "keyway/core/error.hpp"

namespace keyway::apps {
namespace po = boost::program_options;

int run_merge(std::span<const std::string> arguments) {
    CommandLine line(
        "merge", "Make one table from the chunks that `keyway screen --shard` left in a folder.",
        {"keyway merge hits.tsv.parts -o hits.tsv", "keyway merge /scratch/run7 --top 1000 -o best.csv"});
    OutputFlags output;
    std::string folder, order = "ranked";
    std::uint64_t top = 0;
    bool allow_partial = false;
    line.group("Input").add_options()("folder", po::value(&folder)->value_name("FOLDER"),
                                      "the folder with plan.json; it is not changed");
    line.group("Input").add_options()("allow-partial", po::bool_switch(&allow_partial),
                                      "write what is there although chunks are missing");
    add_output_options(line, output);
    line.group("Output").add_options()("top", po::value(&top)->value_name("N")->default_value(0, "all"),
                                       "write only the N best (of each receptor)");
    line.group("Output", CommandLine::in_full_help_only)
        .add_options()("order", po::value(&order)->value_name("ORDER")->default_value("ranked"),
                       "ranked (ties by input order, rejected rows last), or input");
    line.positional("folder", 1);
    line.epilogue(
        "The table is the one that a single `keyway screen` would have written, byte for byte. Missing "
        "chunks: exit "
        "5, with the command that does them.\n\n" +
        columns_help());
    if (!line.parse(arguments)) return 0;
    if (folder.empty())
        throw Error(ErrorKind::usage, "no folder is given", "keyway merge hits.tsv.parts -o hits.tsv");

    const auto status = workflows::run_status(folder);
    workflows::ScreenOptions options;
    options.ligands.assign(status.ligands.begin(), status.ligands.end());
    apply(output, options);
    options.top = top;
    options.order = parse_order(order);
    check_outputs(options);

    const Context context = line.context();
    RunRecord record("merge", arguments, line.resolved());
    const auto summary = workflows::merge(
        folder, options,
        allow_partial ? workflows::IfIncomplete::write_what_is_there : workflows::IfIncomplete::refuse,
        &context.stop);
    if (!status.is_complete()) context.log.warning("chunks are missing: this table is not complete");
    report_results(summary, options, "rows", context.log);
    if (options.out != "-") {
        record.input("plan", std::filesystem::path(folder) / "plan.json");
        record.add("chunks", status.chunks_done);
        add_counts(record, summary);
        record.write(run_record_name(options.out), options.if_exists);
    }
    return results_exit_code(summary, options);
}

}  // namespace keyway::apps
