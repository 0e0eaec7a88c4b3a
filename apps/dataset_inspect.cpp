/// `keyway dataset inspect`: what an HDF5 file holds.
#include "command_line.hpp"
#include "dataset_verbs.hpp"
#include "terminal.hpp"

#include "keyway/workflows/inspect_dataset.hpp"

#include <iostream>
#include <sstream>

namespace keyway::apps {
namespace po = boost::program_options;

int run_dataset_inspect(std::span<const std::string> arguments) {
    CommandLine line("dataset inspect", "Say what an HDF5 dataset or library holds.",
                     {"keyway dataset inspect data.h5", "keyway dataset inspect data.h5 --verify --json"});
    std::string file;
    bool verify = false, json = false;
    line.group("Input").add_options()("file", po::value(&file)->value_name("FILE")->required(), "HDF5 file");
    line.positional("file", 1);
    auto output = line.group("Output").add_options();
    output("verify", po::bool_switch(&verify), "read every byte and every record, so that any damage shows");
    output("json", po::bool_switch(&json), "for programs");
    line.epilogue(
        "Exit codes: 0 done, 3 cannot be opened, 4 damaged, foreign, or of another schema or feature "
        "version.");
    if (!line.parse(arguments)) return 0;

    const auto description =
        workflows::inspect_dataset(file, verify ? workflows::Verify::yes : workflows::Verify::no);
    if (json) {
        std::cout << to_json(description);
        return 0;
    }
    std::istringstream text(to_text(description));
    for (std::string row; std::getline(text, row);) std::cout << printable(row) << '\n';
    return 0;
}

}  // namespace keyway::apps
