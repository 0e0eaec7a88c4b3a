/// `keyway dataset split`: a split file that keeps homologs apart.
#include "command_line.hpp"
#include "dataset_verbs.hpp"
#include "option_values.hpp"

#include "keyway/workflows/split_dataset.hpp"

#include <fmt/format.h>

#include <iostream>

namespace keyway::apps {
namespace po = boost::program_options;

int run_dataset_split(std::span<const std::string> arguments) {
    using workflows::Homologs;
    using workflows::SplitBy;
    CommandLine line("dataset split",
                     "Divide a dataset into train, valid and test; write a split file for train.",
                     {"keyway dataset split core.h5 -o split.csv",
                      "keyway dataset split core.h5 --by scaffold --valid 0.1 --test 0.2 -o split.csv"});
    workflows::SplitOptions options;
    std::vector<std::string> data;
    std::string out, by = "cluster", homologs = "apart", dates, file;
    bool overwrite = false;
    line.group("Input").add_options()("data,d", po::value(&data)->value_name("FILE")->required(),
                                      "HDF5 dataset; may be repeated");
    line.positional("data");
    auto split = line.group("Split").add_options();
    split("by", po::value(&by)->value_name("WHAT")->default_value(by),
          "cluster, scaffold, time, random (compounds) or file");
    split("homologs", po::value(&homologs)->value_name("HOW")->default_value(homologs),
          "apart: whole homolog clusters are held out whatever --by says, and training rows that share a "
          "scaffold, "
          "compound or date with them are left out; across: only --by counts");
    split("valid", po::value(&options.valid_share)->value_name("SHARE")->default_value(options.valid_share),
          "of the rows, about");
    split("test", po::value(&options.test_share)->value_name("SHARE")->default_value(options.test_share),
          "of the rows, about");
    split("seed", po::value(&options.seed)->value_name("N")->default_value(options.seed), "of the drawing");
    split("dates", po::value(&dates)->value_name("FILE"), "for --by time: CSV with id and year");
    split("file", po::value(&file)->value_name("FILE"),
          "for --by file: CSV with split and id, pocket or cluster");
    auto output = line.group("Output").add_options();
    output("out,o", po::value(&out)->value_name("FILE")->required(), "CSV: id, pocket, cluster, split");
    output("overwrite", po::bool_switch(&overwrite), "replace an existing file");
    line.epilogue(
        "Read it with `keyway train --split-file FILE`; `keyway dataset audit` says whether it leaks.\n"
        "Exit codes: 0 done, 2 usage, 3 cannot be divided so, or a given file has homologs on both sides.");
    if (!line.parse(arguments)) return 0;

    options.datasets.assign(data.begin(), data.end());
    options.out = out;
    options.dates = dates;
    options.file = file;
    options.if_exists = overwrite ? IfExists::overwrite : IfExists::refuse;
    options.by = parse_choice<SplitBy>("by", by,
                                       {{"cluster", SplitBy::cluster},
                                        {"scaffold", SplitBy::scaffold},
                                        {"time", SplitBy::time},
                                        {"random", SplitBy::random},
                                        {"file", SplitBy::file}});
    options.homologs = parse_choice<Homologs>("homologs", homologs,
                                              {{"apart", Homologs::apart}, {"across", Homologs::across}});
    const Context context = line.context();
    const auto summary = workflows::split_dataset(options, context);
    for (const auto& [name, rows] : summary.rows)
        context.log.info(fmt::format("{:<6} {} rows of {} clusters", name, rows, summary.clusters.at(name)));
    for (const auto& note : summary.notes) context.log.info("note: " + note);
    return 0;
}

}  // namespace keyway::apps
