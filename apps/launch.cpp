/// `keyway launch`: scripts that spread a screen over processes or machines.
#include "command_line.hpp"
#include "launch_templates.hpp"
#include "option_values.hpp"
#include "screening_verbs.hpp"
#include "verbs.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/output_file.hpp"
#include "keyway/core/shell_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iostream>
#include <map>
#include <sstream>

namespace keyway::apps {
namespace fs = std::filesystem;
namespace po = boost::program_options;
namespace {

constexpr auto kExample =
    "keyway launch slurm --shards 100 --time 4:00:00 -- screen -r 1hpv.pdb -l library.smi -o hits.tsv";

using Options = std::multimap<std::string, std::string>;

std::string value_of(const Options& options, const std::string& name) {
    const auto found = options.find(name);
    return found == options.end() ? "" : found->second;
}

/// The verb reads its own command line, so that a slip shows now and not in a hundred jobs.
Options resolved_screen(const std::vector<std::string>& words) {
    struct CapturedOutput {
        std::ostringstream text;
        std::streambuf* previous = std::cout.rdbuf(text.rdbuf());
        ~CapturedOutput() { std::cout.rdbuf(previous); }
    } captured;
    std::vector<std::string> arguments = {"--print-config"};
    arguments.insert(arguments.end(), words.begin() + 1, words.end());
    run_screen(arguments);
    Options options;
    std::istringstream lines(captured.text.str());
    for (std::string line; std::getline(lines, line);)
        if (const auto at = line.find(" = "); at != std::string::npos)
            options.emplace(line.substr(0, at), line.substr(at + 3));
    return options;
}

void check_screen(const Options& options) {
    const auto refuse = [](const std::string& what, const std::string& hint) {
        throw Error(ErrorKind::usage, "the screen behind `--` " + what, hint);
    };
    if (const auto out = value_of(options, "out"); out.empty() || out == "-")
        refuse("has no --out", "a table on stdout cannot be spread over processes");
    if (!value_of(options, "shard").empty()) refuse("has --shard already", "launch adds it");
    if (value_of(options, "receptor").empty()) refuse("has no --receptor", kExample);
    if (value_of(options, "ligands").empty()) refuse("has no --ligands", kExample);
    const auto [first, last] = options.equal_range("ligands");
    if (std::any_of(first, last, [](const auto& option) { return option.second == "-"; }))
        refuse("reads ligands from stdin", "shards need a file that they all can read");
}

/// Options that shape the table go to the merge as well.
std::vector<std::string> merge_words(const Options& screen) {
    const std::string out = value_of(screen, "out"), work_dir = value_of(screen, "work-dir");
    std::vector<std::string> words = {"merge", work_dir.empty() ? out + ".parts" : work_dir, "-o", out};
    for (const std::string name : {"format", "columns", "rejected", "top", "order"})
        if (const auto value = value_of(screen, name); !value.empty() && value != "0" && value != "ranked")
            words.insert(words.end(), {"--" + name, value});
    for (const std::string name : {"strict", "overwrite"})
        if (value_of(screen, name) == "true") words.push_back("--" + name);
    return words;
}

/// Letters, digits, - _ and . of the table's name.
std::string job_name(const fs::path& out) {
    std::string name = out.stem().string();
    std::replace_if(
        name.begin(), name.end(),
        [](unsigned char c) { return !std::isalnum(c) && c != '-' && c != '_' && c != '.'; }, '_');
    return "keyway-" + name;
}

/// What stands in a line `#SBATCH` must stay in it.
void check_sbatch_value(const std::string& option, const std::string& value, std::string_view forbidden) {
    const bool bad = std::any_of(value.begin(), value.end(), [&](unsigned char c) {
        return std::iscntrl(c) || forbidden.find(static_cast<char>(c)) != std::string_view::npos;
    });
    if (bad)
        throw Error(ErrorKind::usage, fmt::format("option '--{}' cannot take '{}'", option, value),
                    forbidden.empty() ? "expected one line" : "expected a word without blanks or quotes");
}

void check_scheduler_options(const LaunchPlan& plan) {
    const std::pair<std::string, std::string> values[] = {{"partition", plan.partition},
                                                          {"account", plan.account},
                                                          {"time", plan.time},
                                                          {"memory", plan.memory}};
    for (const auto& [option, value] : values) {
        check_sbatch_value(option, value, " '\"#\\");
        if (!value.empty() && plan.scheduler != Scheduler::slurm)
            throw Error(ErrorKind::usage, fmt::format("option '--{}' is for slurm only", option));
    }
    for (const auto& option : plan.sbatch) check_sbatch_value("sbatch", option, "");
    if (!plan.sbatch.empty() && plan.scheduler != Scheduler::slurm)
        throw Error(ErrorKind::usage, "option '--sbatch' is for slurm only");
}

void write_scripts(const LaunchPlan& plan, IfExists if_exists) {
    const auto scripts = launch_scripts(plan);
    if (!fs::is_directory(plan.folder)) check_output_path(plan.folder, IfExists::refuse);
    std::error_code failure;
    fs::create_directory(plan.folder, failure);
    if (failure)
        throw Error(ErrorKind::output,
                    fmt::format("cannot make folder '{}': {}", plan.folder.string(), failure.message()));
    for (const auto& script : scripts) check_output_path(plan.folder / script.name, if_exists);
    for (const auto& script : scripts) write_file(plan.folder / script.name, script.text, if_exists);
}

void add_options(CommandLine& line, LaunchPlan& plan) {
    auto work = line.group("Work").add_options();
    work("shards", po::value(&plan.shards)->value_name("N"), "parts that run on their own");
    work("jobs,j", po::value(&plan.jobs)->value_name("N")->default_value(0, "all"),
         "shards at work at once, at most");
    work("cpus", po::value(&plan.cpus)->value_name("N")->default_value(1),
         "processor cores of a shard; --threads of the screen unless it has its own");
    work("retries", po::value(&plan.retries)->value_name("N")->default_value(3),
         "how often a shard that was killed is done again");
    auto slurm = line.group("Slurm").add_options();
    slurm("partition", po::value(&plan.partition)->value_name("NAME"), "as for sbatch");
    slurm("account", po::value(&plan.account)->value_name("NAME"), "as for sbatch");
    slurm("time", po::value(&plan.time)->value_name("TIME"),
          "time limit of a shard; one that reaches it goes back into the queue");
    slurm("memory", po::value(&plan.memory)->value_name("SIZE"), "of a shard, as --mem of sbatch: 4G");
    slurm("sbatch", po::value(&plan.sbatch)->value_name("OPTION")->composing(),
          "any other option of sbatch: --sbatch=--gres=gpu:1; may be repeated");
}

}  // namespace

int run_launch(std::span<const std::string> arguments) {
    CommandLine line(
        "launch",
        "Write scripts that do a screen in shards under Slurm, GNU parallel or Snakemake, and "
        "merge. Behind `--` stands the screen as you would type it.",
        {kExample, "keyway launch parallel --shards 8 -- screen -r 1hpv.pdb -l library.h5 -o hits.tsv"});
    LaunchPlan plan;
    std::string scheduler, out;
    bool overwrite = false;
    line.group("Work").add_options()("scheduler", po::value(&scheduler)->value_name("NAME"),
                                     "slurm, parallel or snakemake; the first word");
    add_options(line, plan);
    auto output = line.group("Output").add_options();
    output("out,o", po::value(&out)->value_name("FOLDER"),
           "for the scripts [beside --out of the screen: FILE.launch]");
    output("overwrite", po::bool_switch(&overwrite), "replace existing scripts");
    line.positional("scheduler", 1);
    line.epilogue(
        "Nothing is submitted: the command that does it is printed. Jobs need the inputs, the program and "
        "the folder of the results under the same names as here. The table is the one of an undivided "
        "screen, byte for byte, and a job that was stopped or killed goes on with the chunks that are "
        "complete.");
    const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
    if (!line.parse({arguments.begin(), dashes})) return 0;

    if (scheduler.empty()) throw Error(ErrorKind::usage, "no scheduler is given", kExample);
    plan.scheduler = parse_choice<Scheduler>("scheduler", scheduler,
                                             {{"slurm", Scheduler::slurm},
                                              {"parallel", Scheduler::parallel},
                                              {"snakemake", Scheduler::snakemake}});
    if (!line.given("shards")) throw Error(ErrorKind::usage, "option '--shards' is missing", kExample);
    if (plan.shards < 1 || plan.cpus < 1)
        throw Error(ErrorKind::usage, "--shards and --cpus take a number from 1 on");
    check_scheduler_options(plan);

    if (dashes != arguments.end()) plan.screen.assign(dashes + 1, arguments.end());
    if (!plan.screen.empty() && fs::path(plan.screen.front()).filename() == "keyway")
        plan.screen.erase(plan.screen.begin());
    if (plan.screen.empty() || plan.screen.front() != "screen")
        throw Error(ErrorKind::usage, "expected `-- screen ...` at the end", kExample);
    const Options screen = resolved_screen(plan.screen);
    check_screen(screen);
    const fs::path table = value_of(screen, "out");
    plan.merge = merge_words(screen);
    if (value_of(screen, "threads") == "0")
        plan.screen.insert(plan.screen.begin() + 1, {"--threads", std::to_string(plan.cpus)});
    plan.program = fs::read_symlink("/proc/self/exe").string();
    plan.start_in = fs::current_path();
    plan.folder = fs::absolute(out.empty() ? fs::path(table.string() + ".launch") : fs::path(out));
    plan.name = job_name(table);

    write_scripts(plan, overwrite ? IfExists::overwrite : IfExists::refuse);
    const fs::path shown = out.empty() ? fs::path(table.string() + ".launch") : fs::path(out);
    write_file("-", fmt::format("bash {}\n", shell_quoted((shown / "start.sh").string())), IfExists::refuse);
    return 0;
}

}  // namespace keyway::apps
