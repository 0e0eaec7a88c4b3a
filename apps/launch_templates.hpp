/// The scripts that `keyway launch` writes, as text: what a shard does, what follows the last one, and how a
/// scheduler is told.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace keyway::apps {

enum class Scheduler { slurm, parallel, snakemake };

struct LaunchPlan {
    Scheduler scheduler = Scheduler::slurm;
    std::string program;              ///< absolute path of keyway
    std::vector<std::string> screen;  ///< what follows it: "screen", "-r", ... without --shard
    std::vector<std::string> merge;   ///< "merge", "hits.tsv.parts", "-o", "hits.tsv", ...
    std::filesystem::path start_in;   ///< absolute: relative names in the two are relative to it
    std::filesystem::path folder;     ///< absolute: where the scripts are
    unsigned shards = 1;
    unsigned jobs = 0;  ///< shards at work at once; 0: as many as there is room for
    unsigned cpus = 1;  ///< of one shard
    unsigned retries = 3;
    std::string name;                              ///< of the jobs
    std::string partition, account, time, memory;  ///< for sbatch, as they come; empty: the cluster's default
    std::vector<std::string> sbatch;               ///< further options, one each
};

struct Script {
    std::string name;
    std::string text;
};

/// All files of the folder; `start.sh` is the one that a user runs.
std::vector<Script> launch_scripts(const LaunchPlan& plan);

}  // namespace keyway::apps
