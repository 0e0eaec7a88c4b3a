/// Templates: @WORD@ is replaced. `shard.sh` and `merge.sh` alone hold words of the user; the schedulers see
/// only these two names.
#include "launch_templates.hpp"

#include "keyway/core/shell_words.hpp"

#include <map>
#include <string_view>
#include <utility>

namespace keyway::apps {
namespace {

constexpr std::string_view kShard = R"(#!/bin/bash
# Written by `keyway launch`. shard.sh I: shard I of @SHARDS@. Safe to run again: complete chunks are kept.
cd @START_IN@ || exit 74
exec @SCREEN@ --shard "$1/@SHARDS@"
)";

constexpr std::string_view kMerge = R"(#!/bin/bash
# Written by `keyway launch`. One table from the chunks of all shards; exit code 5 if some are missing.
cd @START_IN@ || exit 74
exec @MERGE@
)";

constexpr std::string_view kShardBatch = R"(#!/bin/bash
# Written by `keyway launch slurm`; start.sh submits it. One task of the array is one shard.
#SBATCH --job-name=@NAME@
#SBATCH --array=1-@SHARDS@@AT_ONCE@
#SBATCH --cpus-per-task=@CPUS@
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:USR1@60
@SBATCH@
# A minute before the time limit Slurm sends USR1: keyway keeps what is complete and ends with 75, and the task
# goes back into the queue. So does a task that was killed (128 and more: out of memory, a crash), @RETRIES@ times.
# TERM is scancel or preemption: Slurm decides what follows. Any other code is an error that would come again.
reason=
stop() {
    reason=$1
    kill -TERM "$keyway" 2>/dev/null
}
trap 'stop limit' USR1
trap 'stop cancelled' TERM

bash @FOLDER@/shard.sh "$SLURM_ARRAY_TASK_ID" &
keyway=$!
wait "$keyway"
code=$?
while kill -0 "$keyway" 2>/dev/null; do # the wait was cut short by a signal
    wait "$keyway"
    code=$?
done

restarts=${SLURM_RESTART_COUNT:-0} most=-1
if [[ $reason != cancelled ]]; then
    [[ $code -ge 128 ]] && most=@RETRIES@
    [[ $code -eq 75 ]] && most=100
fi
if [[ $restarts -lt $most ]]; then
    echo "shard $SLURM_ARRAY_TASK_ID ended with $code: back into the queue" >&2
    scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" && sleep 60 # Slurm ends this script
fi
exit "$code"
)";

constexpr std::string_view kMergeBatch = R"(#!/bin/bash
# Written by `keyway launch slurm`; start.sh submits it. It runs when no shard is left, whatever became of them.
#SBATCH --job-name=@NAME@-merge
#SBATCH --requeue
#SBATCH --open-mode=append
@SBATCH@
exec bash @FOLDER@/merge.sh
)";

constexpr std::string_view kStartSlurm = R"(#!/bin/bash
# Written by `keyway launch slurm`: submits the shards, and the merge behind them. Logs are in logs/.
set -euo pipefail
cd @FOLDER@
mkdir -p logs
shards=$(sbatch --parsable --output=logs/shard-%a.log shard.sbatch)
merge=$(sbatch --parsable --output=logs/merge.log --dependency="afterany:${shards%%;*}" merge.sbatch)
echo "shards: job $shards, merge: job $merge; squeue -j ${shards%%;*},${merge%%;*} shows them"
)";

constexpr std::string_view kStartParallel = R"(#!/bin/bash
# Written by `keyway launch parallel`: runs the shards here, then merges. Run it again after a stop: shards that
# are in joblog as done are left out, and the others keep their complete chunks.
set -uo pipefail
cd @FOLDER@ || exit 74
jobs=@JOBS@
[[ $jobs -ge 1 ]] || jobs=1
seq 1 @SHARDS@ | parallel --jobs "$jobs" --joblog joblog --resume-failed --retries @TRIES@ --line-buffer --tag bash shard.sh
exec bash merge.sh
)";

constexpr std::string_view kStartSnakemake = R"(#!/bin/bash
# Written by `keyway launch snakemake`: runs the shards here, then merges; words that follow go to snakemake.
# Run it again after a stop: shards with a file in done/ are left out, the others keep their complete chunks.
cd @FOLDER@ || exit 74
exec snakemake --cores @CORES@ --keep-going --rerun-incomplete "$@"
)";

constexpr std::string_view kSnakefile =
    R"(# Written by `keyway launch snakemake`. Touches nothing but done/; the chunks say what is complete.
workdir: workflow.basedir

rule all:
    input: "done/merge"

rule merge:
    input: expand("done/shard-{shard}", shard=range(1, @SHARDS@ + 1))
    output: touch("done/merge")
    shell: "bash merge.sh"

rule shard:
    output: touch("done/shard-{shard}")
    wildcard_constraints: shard="[0-9]+"
    threads: @CPUS@
    retries: @RETRIES@
    shell: "bash shard.sh {wildcards.shard}"
)";

using Values = std::map<std::string, std::string, std::less<>>;

/// One pass, so that a value which looks like @WORD@ stays as it is.
std::string filled(std::string_view text, const Values& values) {
    std::string out;
    while (true) {
        const auto from = text.find('@');
        const auto to = from == std::string_view::npos ? from : text.find('@', from + 1);
        if (to == std::string_view::npos) return out += text;
        const auto value = values.find(text.substr(from + 1, to - from - 1));
        if (value == values.end()) {  // an ordinary @
            out += text.substr(0, from + 1);
            text.remove_prefix(from + 1);
            continue;
        }
        out += text.substr(0, from);
        out += value->second;
        text.remove_prefix(to + 1);
    }
}

std::string sbatch_lines(const LaunchPlan& plan) {
    std::string lines;
    const auto add = [&](std::string_view option, const std::string& value) {
        if (!value.empty()) lines += "#SBATCH --" + std::string(option) + "=" + value + "\n";
    };
    add("partition", plan.partition);
    add("account", plan.account);
    add("time", plan.time);
    add("mem", plan.memory);
    for (const auto& option : plan.sbatch) lines += "#SBATCH " + option + "\n";
    return lines;
}

Values values_of(const LaunchPlan& plan) {
    const auto number = [](unsigned value) { return std::to_string(value); };
    const auto command = [&](std::vector<std::string> words) {
        words.insert(words.begin(), plan.program);
        return shell_line(words);
    };
    const bool several_cpus = plan.cpus > 1;
    return {{"SHARDS", number(plan.shards)},
            {"AT_ONCE", plan.jobs > 0 ? "%" + number(plan.jobs) : ""},
            {"CPUS", number(plan.cpus)},
            {"RETRIES", number(plan.retries)},
            {"TRIES", number(plan.retries + 1)},
            {"JOBS", plan.jobs > 0  ? number(plan.jobs)
                     : several_cpus ? "$(($(nproc) / " + number(plan.cpus) + "))"
                                    : "$(nproc)"},
            {"CORES", plan.jobs > 0 ? number(plan.jobs * plan.cpus) : "all"},
            {"NAME", plan.name},
            {"SBATCH", sbatch_lines(plan)},
            {"START_IN", shell_quoted(plan.start_in.string())},
            {"FOLDER", shell_quoted(plan.folder.string())},
            {"SCREEN", command(plan.screen)},
            {"MERGE", command(plan.merge)}};
}

}  // namespace

std::vector<Script> launch_scripts(const LaunchPlan& plan) {
    using Template = std::pair<std::string, std::string_view>;
    std::vector<Template> templates = {{"shard.sh", kShard}, {"merge.sh", kMerge}};
    switch (plan.scheduler) {
        case Scheduler::slurm:
            templates.insert(
                templates.end(),
                {{"shard.sbatch", kShardBatch}, {"merge.sbatch", kMergeBatch}, {"start.sh", kStartSlurm}});
            break;
        case Scheduler::parallel:
            templates.push_back({"start.sh", kStartParallel});
            break;
        case Scheduler::snakemake:
            templates.insert(templates.end(), {{"Snakefile", kSnakefile}, {"start.sh", kStartSnakemake}});
            break;
    }
    const Values values = values_of(plan);
    std::vector<Script> scripts;
    for (const auto& [name, text] : templates) scripts.push_back({name, filled(text, values)});
    return scripts;
}

}  // namespace keyway::apps
