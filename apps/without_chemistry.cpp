/// Stands in for the verbs that read structures and ligand files where keyway is built without RDKit and
/// gemmi.
#include "dataset_verbs.hpp"
#include "learning_verbs.hpp"
#include "verbs.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>

namespace keyway::apps {
namespace {

[[noreturn]] int refuse(std::string_view verb) {
    throw Error(ErrorKind::usage,
                fmt::format("'keyway {}' needs chemistry, and this keyway was built without it", verb),
                "build with -DKEYWAY_CHEMISTRY=ON where RDKit and gemmi are installed; train, evaluate and "
                "screen from "
                "HDF5 work here");
}

}  // namespace

int run_score(std::span<const std::string>) { refuse("score"); }
int run_finetune(std::span<const std::string>) { refuse("finetune"); }
int run_check(std::span<const std::string>) { refuse("check"); }
int run_dataset_build(std::span<const std::string>) { refuse("dataset build"); }
int run_library_build(std::span<const std::string>) { refuse("library build"); }

}  // namespace keyway::apps
