/// `keyway dataset audit`: does the held-out side know the training side?
#include "command_line.hpp"
#include "dataset_verbs.hpp"
#include "terminal.hpp"

#include "keyway/workflows/audit_dataset.hpp"

#include <iostream>
#include <sstream>

namespace keyway::apps {
namespace po = boost::program_options;

int run_dataset_audit(std::span<const std::string> arguments) {
    CommandLine line(
        "dataset audit", "Compare the held-out rows of a dataset with its training rows.",
        {"keyway dataset audit core.h5", "keyway dataset audit core.h5 --split-file split.csv --json"});
    workflows::AuditOptions options;
    std::vector<std::string> data;
    std::string split_file;
    bool json = false;
    auto input = line.group("Input").add_options();
    input("data,d", po::value(&data)->value_name("FILE")->required(), "HDF5 dataset; may be repeated");
    input("split-file", po::value(&split_file)->value_name("FILE"),
          "CSV with the columns split and id, pocket or cluster; replaces the dataset's split");
    line.positional("data");
    line.group("Output").add_options()("json", po::bool_switch(&json), "for programs");
    line.group("Compute").add_options()(
        "threads,t", po::value(&options.threads)->value_name("N")->default_value(0), "0: all cores");
    line.epilogue(
        "Exit codes: 0 clean, 3 leaking (a homolog or a measured pair on both sides) or nothing to compare.");
    if (!line.parse(arguments)) return 0;

    options.datasets.assign(data.begin(), data.end());
    options.split_file = split_file;
    const auto result = workflows::audit_dataset(options, line.context());
    constexpr int kLeaking = 3;
    const int code = result.leaks.empty() ? 0 : kLeaking;
    if (json) {
        std::cout << to_json(result);
        return code;
    }
    std::istringstream text(to_text(result));
    for (std::string row; std::getline(text, row);) std::cout << printable(row) << '\n';
    return code;
}

}  // namespace keyway::apps
