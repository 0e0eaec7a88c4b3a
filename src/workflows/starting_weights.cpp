/// The model's file is checked against the data and handed to the trainer.
#include "workflows/starting_weights.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>

namespace keyway::workflows {

void check_starting_weights(const std::string& name_or_path, const PocketDefinition& data) {
    const auto path = model::resolve_model(name_or_path);
    const PocketDefinition theirs = model::read_passport(path).pocket;
    if (!(theirs == data))
        throw Error(ErrorKind::incompatible,
                    fmt::format("--init: {} was trained on pockets cut as '{}', this dataset has '{}'",
                                path.string(), theirs.to_text(), data.to_text()),
                    "build the dataset with the model's pocket definition, or start without --init");
}

void start_from(const std::string& name_or_path, model::Trainer& trainer, LogSink& log) {
    const auto path = model::resolve_model(name_or_path);
    const auto found = trainer.load_weights(path);
    log.info(fmt::format("init: {} tensors from {}", found.taken.size(), path.string()));
    if (!found.missing.empty())
        log.warning(fmt::format("init: {} tensors are new and start as in a fresh network: {}",
                                found.missing.size(), fmt::join(found.missing, ", ")));
    if (!found.unused.empty())
        log.warning(fmt::format("init: {} tensors of the file are not used: {}", found.unused.size(),
                                fmt::join(found.unused, ", ")));
}

}  // namespace keyway::workflows
