/// `keyway library encode`: the vectors that `screen --prefilter` needs, beside the library.
#include "command_line.hpp"
#include "dataset_verbs.hpp"
#include "input_options.hpp"
#include "results_summary.hpp"
#include "run_record.hpp"
#include "terminal.hpp"

#include "keyway/core/error.hpp"
#include "keyway/model/network.hpp"
#include "keyway/workflows/encode_library.hpp"
#include "keyway/workflows/screen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace keyway::apps {
namespace po = boost::program_options;

int run_library_encode(std::span<const std::string> arguments) {
    CommandLine line("library encode",
                     "Retrieval vectors of a library, for `keyway screen --prefilter` with the same model.",
                     {"keyway library encode drugs.h5", "keyway library encode drugs.h5 -m base -t 8"});
    std::string file, out, model = "fast", device = "auto";
    workflows::EncodeLibraryOptions options;
    bool overwrite = false;
    line.group("Input").add_options()("file", po::value(&file)->value_name("FILE")->required(),
                                      "HDF5 library");
    line.positional("file", 1);
    line.group("Model").add_options()("model,m",
                                      po::value(&model)->value_name("MODEL")->default_value("fast"),
                                      "name of an installed model, or a weights file");
    auto output = line.group("Output").add_options();
    output("out,o", po::value(&out)->value_name("FILE"),
           "where they go [beside the library: NAME.MODEL.vectors.h5]");
    output("overwrite", po::bool_switch(&overwrite), "replace existing files");
    auto compute = line.group("Compute").add_options();
    compute("threads,t", po::value(&options.threads)->value_name("N")->default_value(0),
            "0: all cores; results do not depend on it");
    line.group("Compute", CommandLine::in_full_help_only)
        .add_options()("device", po::value(&device)->value_name("DEVICE")->default_value("auto"),
                       "auto, cpu, cuda or cuda:K");
    line.epilogue(
        "One vector of int8 for each ligand, for any pocket; it belongs to this library and these weights, "
        "and is refused with others.\n"
        "Exit codes: 0 done, 2 usage, 3 cannot be opened, 4 no library, or damaged, 74 cannot write, 75 "
        "stopped.");
    if (!line.parse(arguments)) return 0;

    check_input_file(file, "--file");
    if (!workflows::is_hdf5_file(file))
        throw Error(ErrorKind::incompatible, fmt::format("'{}' is not an HDF5 library", file),
                    fmt::format("keyway library build {} -o library.h5", file));
    const auto weights = model::resolve_model(model);
    check_input_file(weights, "--model");
    options.library = file;
    options.if_exists = overwrite ? IfExists::overwrite : IfExists::refuse;
    options.out = out.empty() ? workflows::default_vectors_path(file, model::read_passport(weights))
                              : std::filesystem::path(out);
    check_output_path(options.out, options.if_exists);
    check_output_path(run_record_name(options.out), options.if_exists);

    const Context context = line.context();
    RunRecord record("library encode", arguments, line.resolved());
    record.input("library", file);
    record.input("model", weights);
    model::network().set_intra_op_threads(1);  // parallel over ligands instead
    const auto predictor = model::network().load(weights, device);
    const auto start = std::chrono::steady_clock::now();
    const auto summary = workflows::encode_library(options, *predictor, context);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    context.log.info(fmt::format("{} vectors of {} numbers in {} ({:.0f}/s)", summary.ligands, summary.width,
                                 readable_duration(seconds),
                                 static_cast<double>(summary.ligands) / std::max(seconds, 1e-9)));
    context.log.info(fmt::format("vectors: '{}'", summary.file.string()));
    record.add("ligands", summary.ligands);
    record.add("without_vector", summary.without_vector);
    record.add("width", static_cast<std::uint64_t>(summary.width));
    record.add("weights_sha256", predictor->passport().weights_sha256);
    record.add("content_sha256", summary.content_sha256);
    record.add("seconds", seconds);
    record.write(run_record_name(options.out), options.if_exists);
    return 0;
}

}  // namespace keyway::apps
