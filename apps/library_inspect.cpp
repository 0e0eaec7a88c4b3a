/// `keyway library inspect`: what a library holds.
#include "command_line.hpp"
#include "dataset_verbs.hpp"
#include "results_summary.hpp"
#include "terminal.hpp"

#include "keyway/workflows/inspect_library.hpp"

#include <iostream>
#include <sstream>

namespace keyway::apps {
namespace po = boost::program_options;

int run_library_inspect(std::span<const std::string> arguments) {
    CommandLine line("library inspect", "Say what an HDF5 library holds: counts, sizes, repeats, first rows.",
                     {"keyway library inspect drugs.h5", "keyway library inspect drugs.h5 --rows 0 --json"});
    std::string file;
    std::size_t rows = 5;
    bool json = false;
    line.group("Input").add_options()("file", po::value(&file)->value_name("FILE")->required(),
                                      "HDF5 library");
    line.positional("file", 1);
    auto output = line.group("Output").add_options();
    output("rows", po::value(&rows)->value_name("N")->default_value(5), "show the first N ligands");
    output("json", po::bool_switch(&json), "for programs");
    line.epilogue(
        "Exit codes: 0 done, 3 cannot be opened, 4 damaged, foreign, or of another schema or feature "
        "version.");
    if (!line.parse(arguments)) return 0;
    check_input_file(file, "--file");

    const auto description = workflows::inspect_library(file, rows);
    if (json) {
        std::cout << to_json(description);
        return 0;
    }
    std::istringstream text(to_text(description));
    for (std::string row; std::getline(text, row);) std::cout << printable(row) << '\n';
    return 0;
}

}  // namespace keyway::apps
