/// Output options, summaries and exit codes of runs that give one row for each record.
#include "results_summary.hpp"

#include "option_values.hpp"
#include "terminal.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace keyway::apps {
namespace po = boost::program_options;
namespace {

/// "hits.tsv" -> "hits.rejected.smi"; the ending says how the records are written.
std::filesystem::path default_rejected_name(const workflows::ScreenOptions& options) {
    std::filesystem::path ligands = options.ligands.front().filename(), out = options.out.filename();
    if (ligands.extension() == ".gz") ligands = ligands.stem();
    if (out.extension() == ".gz") out = out.stem();
    const std::string ending = ligands.extension() == ".sdf" || ligands.extension() == ".sd" ? ".sdf"
                               : ligands.extension() == ".mol2"                              ? ".mol2"
                                                                                             : ".smi";
    return options.out.parent_path() / (out.stem().string() + ".rejected" + ending);
}

bool one_kind_of_ligands(const workflows::ScreenOptions& options) {
    std::vector<std::filesystem::path> endings;
    for (auto path : options.ligands) {
        if (path.extension() == ".gz") path = path.stem();
        endings.push_back(path.extension());
    }
    return std::all_of(endings.begin(), endings.end(),
                       [&](const auto& ending) { return ending == endings.front(); });
}

}  // namespace

void add_output_options(CommandLine& line, OutputFlags& flags) {
    auto output = line.group("Output").add_options();
    output("out,o", po::value(&flags.out)->value_name("FILE")->default_value("-"),
           "table, or - for stdout; .gz is compressed");
    output(
        "format", po::value(&flags.format)->value_name("FORMAT"),
        "csv, tsv, jsonl (an object a line), h5 (a dataset a column, for h5py and pandas) or sdf; else from "
        "the ending of --out, else tsv");
    auto rare_output = line.group("Output", CommandLine::in_full_help_only).add_options();
    rare_output("columns", po::value(&flags.columns)->value_name("LIST"),
                "optional columns in this order (see below)");
    rare_output("rejected", po::value(&flags.rejected)->value_name("FILE"),
                "refused records as they came, to be mended and run again [beside --out, where any]");
    rare_output("strict", po::bool_switch(&flags.strict),
                "exit 3 if any record was rejected, after writing everything");
    rare_output("overwrite", po::bool_switch(&flags.overwrite), "replace existing files");
}

void apply(const OutputFlags& flags, workflows::ScreenOptions& options) {
    options.out = flags.out;
    options.columns = split_commas(flags.columns);
    options.strict = flags.strict;
    options.if_exists = flags.overwrite ? IfExists::overwrite : IfExists::refuse;
    if (!flags.format.empty())
        options.format = parse_choice<workflows::RowFormat>("format", flags.format,
                                                            {{"csv", workflows::RowFormat::csv},
                                                             {"tsv", workflows::RowFormat::tsv},
                                                             {"jsonl", workflows::RowFormat::jsonl},
                                                             {"h5", workflows::RowFormat::h5},
                                                             {"sdf", workflows::RowFormat::sdf}});
    options.rejected = flags.rejected;
    if (flags.rejected.empty() && options.out != "-" && !options.ligands.empty() &&
        one_kind_of_ligands(options))
        options.rejected = default_rejected_name(options);
}

workflows::RowOrder parse_order(const std::string& text) {
    return parse_choice<workflows::RowOrder>(
        "order", text, {{"ranked", workflows::RowOrder::ranked}, {"input", workflows::RowOrder::input}});
}

namespace {
/// Of what this process did.
double rate_of(const workflows::ScreenSummary& summary) {
    const auto done = summary.scored_now > 0 ? summary.scored_now : summary.read;
    return summary.seconds > 0 ? static_cast<double>(done) / summary.seconds : 0;
}
}  // namespace

std::string columns_help() {
    std::string text = fmt::format(
        "Columns. Always: {}. pk_pred is -log10(K in mol/L): higher is tighter. Optional (* by default):\n",
        fmt::join(workflows::kPromisedColumns, ", "));
    for (const auto& column : workflows::optional_columns())
        text += fmt::format("  {} {}: {}\n", column.in_default_set ? "*" : " ", column.name, column.meaning);
    return text +
           "\nEvery record gives one row; a refused one has status rejected and a reason code "
           "(SMILES_SYNTAX, VALENCE, "
           "TOO_LARGE, ...), one that --prefilter left out has status skipped. With --top only the best rows "
           "are written. Beside the table, FILE.run.json says "
           "how it was made.\n"
           "\nExit codes: 0 done, 1 failure, 2 wrong usage, 3 input unusable (or --strict), 4 model and data "
           "do not fit, "
           "74 output cannot be written, 75 interrupted, run it again.";
}

void check_input_file(const std::filesystem::path& path, std::string_view option) {
    std::error_code ignored;
    if (path == "-") return;
    if (std::filesystem::is_directory(path, ignored))
        throw Error(ErrorKind::input,
                    fmt::format("expected a file for {}, but '{}' is a folder", option, path.string()),
                    option == "--ligands" ? fmt::format("name the files in it, for example: {} '{}'/*.sdf",
                                                        option, path.string())
                                          : std::string("name a file inside it"));
    if (!std::filesystem::exists(path, ignored))
        throw Error(ErrorKind::input, fmt::format("cannot open '{}': no such file", path.string()),
                    option == "--ligands" ? "name a file, or - for standard input" : "");
}

void check_outputs(const workflows::ScreenOptions& options) {
    if (options.out == "-" || options.shard || workflows::is_run_under_way(options)) return;
    check_output_path(options.out, options.if_exists);
    check_output_path(run_record_name(options.out), options.if_exists);
    if (!options.rejected.empty()) check_output_path(options.rejected, options.if_exists);
}

void warn_of_other_ligand_policy(const LigandFlags& flags, const model::Passport& passport, LogSink& log) {
    if (!flags.keep_charges && !flags.keep_fragments) return;
    log.warning(fmt::format(
        "model '{}' has learned from ligands prepared as: {}", passport.name,
        passport.ligand_policy.empty() ? "largest fragment, neutralised" : passport.ligand_policy));
}

void report_results(const workflows::ScreenSummary& summary, const workflows::ScreenOptions& options,
                    std::string_view unit, LogSink& log) {
    const double rate = rate_of(summary);
    log.info(fmt::format(
        "{}{} {} in {} ({}/s): {} ok, {} rejected{}", summary.interrupted ? "interrupted after " : "",
        summary.read, unit, readable_duration(summary.seconds),
        rate < 10 ? fmt::format("{:.2g}", rate) : fmt::format("{:.0f}", rate), summary.ok, summary.rejected,
        summary.skipped > 0 ? fmt::format(", {} skipped by the prefilter", summary.skipped) : ""));
    std::vector<std::pair<std::uint64_t, std::string>> reasons;
    for (const auto& [reason, count] : summary.rejected_by_reason) reasons.emplace_back(count, reason);
    std::sort(reasons.begin(), reasons.end(), [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    for (const auto& [count, reason] : reasons) log.info(fmt::format("  {:>8}  {}", count, reason));
    for (const auto& [stage, seconds] : summary.stage_seconds)
        log.debug(fmt::format("  {:10} {:8.2f} thread-seconds", stage, seconds));
    if (summary.resumed_chunks > 0)
        log.info(fmt::format("{} chunks were there already, {} rows are new", summary.resumed_chunks,
                             summary.scored_now));
    if (summary.written.empty() && !summary.interrupted)
        log.info(fmt::format(
            "chunks: '{}' (`keyway status` shows what is missing, `keyway merge` makes the table)",
            summary.folder.string()));
    else if (summary.written != "-" && !summary.interrupted)
        log.info(fmt::format(
            "rows: '{}' ({}{})", summary.written.string(), summary.rows_written,
            options.order == workflows::RowOrder::ranked ? ", highest pk_pred = tightest first" : ""));
    if (summary.rejected_file_written)
        log.info(fmt::format("rejected records: '{}' (mend them and run again)", options.rejected.string()));
}

void add_pocket(RunRecord& record, const workflows::PreparedPocket& pocket, const model::Passport& passport) {
    record.add("model", passport.name);
    record.add("weights_sha256", passport.weights_sha256);
    record.add("pocket_definition", passport.pocket.to_text());
    record.add("site", pocket.site);
    record.add("pocket_atoms", static_cast<std::uint64_t>(pocket.graph.atoms()));
    record.add("pocket_tokens", static_cast<std::uint64_t>(pocket.tokens));
    record.add("pocket_residues", pocket.graph.residue_labels);
    record.add("pocket_notes", pocket.notes);
}

void add_results(RunRecord& record, const workflows::ScreenSummary& summary, const model::DeviceInfo& info) {
    const std::string chosen = info.cuda_available ? "cuda" : "cpu";
    record.add("device", summary.device == "auto" ? chosen : summary.device);
    record.add("torch", info.torch_version);
    record.add("seed", std::string("none: nothing here is random"));
    record.add("threads", static_cast<std::uint64_t>(summary.threads));
    record.add("records_per_second", rate_of(summary));
    record.add("stage_thread_seconds", summary.stage_seconds);
    if (summary.resumed_chunks > 0) record.add("resumed_chunks", summary.resumed_chunks);
    add_counts(record, summary);
}

namespace {
void add_prefilter(RunRecord& record, const workflows::PrefilterOutcome& prefilter) {
    record.input("vectors", prefilter.file);
    record.add("prefilter", prefilter.to_text());
    record.add("prefilter_share", prefilter.share);
    record.add("prefilter_kept", prefilter.kept);
    record.add("prefilter_sample", prefilter.sample);
    record.add("prefilter_seconds", prefilter.seconds);
    for (const auto& recall : prefilter.recall)
        record.add(fmt::format("prefilter_recall_of_top_{}_percent", recall.top_percent),
                   std::map<std::string, double>{{"recall", recall.value()},
                                                 {"low_95", recall.low},
                                                 {"high_95", recall.high},
                                                 {"found", static_cast<double>(recall.found)},
                                                 {"of", static_cast<double>(recall.of)}});
}
}  // namespace

void add_counts(RunRecord& record, const workflows::ScreenSummary& summary) {
    if (summary.prefilter) add_prefilter(record, *summary.prefilter);
    if (summary.prefilter || summary.skipped > 0) record.add("skipped", summary.skipped);
    record.add("read", summary.read);
    record.add("ok", summary.ok);
    record.add("rejected", summary.rejected);
    record.add("rejected_by_reason", summary.rejected_by_reason);
    record.add("rows_written", summary.rows_written);
    record.add("seconds", summary.seconds);
}

int results_exit_code(const workflows::ScreenSummary& summary, const workflows::ScreenOptions& options) {
    if (summary.interrupted)
        throw Error(
            ErrorKind::interrupted, fmt::format("interrupted after {} records", summary.read),
            summary.written.empty()
                ? fmt::format("complete chunks are in '{}'; run the same command again to go on",
                              summary.folder.string())
            : summary.written == "-"
                ? "run the same command again for the whole table"
                : fmt::format("rows so far are in '{}'; run the same command again for the whole table",
                              summary.written.string()));
    if (summary.ok == 0 && !(options.shard && summary.read == 0))
        throw Error(ErrorKind::input, fmt::format("none of the {} records could be used", summary.read),
                    "the column 'notes' of the table says why; `keyway check -l FILE` shows examples");
    if (options.strict && summary.rejected > 0)
        throw Error(ErrorKind::input,
                    fmt::format("{} of {} records were rejected, and --strict is set", summary.rejected,
                                summary.read),
                    "everything that could be scored was written");
    return 0;
}

}  // namespace keyway::apps
