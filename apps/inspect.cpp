/// `keyway inspect`: what a file is and holds.
#include "command_line.hpp"
#include "dataset_verbs.hpp"
#include "results_summary.hpp"
#include "terminal.hpp"
#include "verbs.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/table.hpp"
#include "keyway/model/network.hpp"
#include "keyway/workflows/screen.hpp"
#include "keyway/workflows/training_domain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <map>
#include <sstream>

namespace keyway::apps {
namespace po = boost::program_options;
namespace {

void print_indented(const std::string& lines) {
    std::istringstream stream(lines);
    for (std::string text; std::getline(stream, text);) std::cout << "    " << printable(text) << '\n';
}

void inspect_model(const std::filesystem::path& weights) {
    const model::Passport passport = model::read_passport(weights);
    const auto say = [](std::string_view name, const std::string& value) {
        if (!value.empty()) std::cout << fmt::format("  {:<20} {}\n", name, printable(value));
    };
    std::cout << fmt::format("model {}\n", weights.string());
    say("name", passport.name);
    say("predicts", passport.units);
    say("format version", std::to_string(passport.format_version));
    say("feature version", std::to_string(passport.feature_version));
    say("pocket", passport.pocket.to_text());
    say("ligands", passport.ligand_policy);
    say("pk_sd", passport.pk_sd_scale == 1 ? "not calibrated" : "calibrated");
    say("made by", passport.created_by);
    say("seed", std::to_string(passport.seed));
    say("training data", passport.training_data_sha256);
    say("weights SHA-256", passport.weights_sha256);
    if (!passport.metrics.empty()) std::cout << "  metrics\n";
    for (const auto& [name, value] : passport.metrics)
        std::cout << fmt::format("    {:<40} {:.4f}\n", name, value);
    std::cout << "  network\n";
    print_indented(passport.config.to_text());
    if (!passport.training.empty()) std::cout << "  training\n";
    print_indented(passport.training);
    std::cout << "  training domain\n";
    for (const auto& [name, value] : workflows::describe_training_domain({weights, passport}))
        std::cout << fmt::format("    {:<18} {}\n", name, printable(value));
}

/// A table of `screen` or `score --pairs`: counts and the spread of the predictions.
void inspect_results(const std::filesystem::path& path) {
    TableReader table(path);
    for (const auto column : workflows::kPromisedColumns)
        if (!table.has(column))
            throw Error(ErrorKind::input, fmt::format("'{}' is none of keyway's files", path.string()),
                        "expected weights (.safetensors), a dataset or library (.h5), or a table with the "
                        "columns id, "
                        "input_line, status, reason, pk_pred");
    std::map<std::string, std::uint64_t> reasons;
    std::vector<double> pks;
    std::uint64_t rows = 0;
    std::string first_id;
    while (table.next()) {
        ++rows;
        if (first_id.empty()) first_id = table["id"];
        if (!table["reason"].empty()) ++reasons[std::string(table["reason"])];
        const auto text = table["pk_pred"];
        double pk = 0;
        if (std::from_chars(text.data(), text.data() + text.size(), pk).ec == std::errc{}) pks.push_back(pk);
    }
    std::cout << fmt::format("results {}: {} rows, {} ok, {} rejected\n", path.string(), rows, pks.size(),
                             rows - pks.size());
    std::cout << fmt::format("  columns: {}\n", fmt::join(table.columns(), ", "));
    if (!pks.empty()) {
        const bool is_ranked = std::is_sorted(pks.rbegin(), pks.rend());
        std::sort(pks.begin(), pks.end());
        std::cout << fmt::format("  pk_pred: {:.2f} to {:.2f}, median {:.2f}{}\n", pks.front(), pks.back(),
                                 pks[pks.size() / 2],
                                 is_ranked ? "; ranked, tightest first: " + printable(first_id) : "");
    }
    for (const auto& [reason, count] : reasons)
        std::cout << fmt::format("  {:>8}  {}\n", count, printable(reason));
    std::error_code ignored;
    if (std::filesystem::exists(run_record_name(path), ignored))
        std::cout << fmt::format("  how it was made: {}\n", run_record_name(path).string());
}

}  // namespace

int run_inspect(std::span<const std::string> arguments) {
    CommandLine line("inspect", "Describe a weights file, an HDF5 dataset or library, or a table of results.",
                     {"keyway inspect hits.tsv", "keyway inspect fast"});
    std::string file;
    line.group("Input").add_options()("file", po::value(&file)->value_name("FILE")->required(),
                                      "the file, or the name of an installed model");
    line.positional("file", 1);
    if (!line.parse(arguments)) return 0;

    std::error_code ignored;
    const bool is_name =
        !std::filesystem::exists(file, ignored) && file.find_first_of("/.") == std::string::npos;
    const bool is_model_folder =
        std::filesystem::exists(std::filesystem::path(file) / "weights.safetensors", ignored);
    if (is_name || is_model_folder) {
        inspect_model(model::resolve_model(file));
        return 0;
    }
    check_input_file(file, "--file");
    if (workflows::is_hdf5_file(file)) {
        const std::vector<std::string> delegated = {file};
        return run_dataset_inspect(delegated);
    }
    if (std::filesystem::path(file).extension() == ".safetensors")
        inspect_model(file);
    else
        inspect_results(file);
    return 0;
}

}  // namespace keyway::apps
