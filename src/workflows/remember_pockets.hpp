/// Which training pockets a network remembers (`ModelConfig::remembered_pockets`).
#pragma once

#include "workflows/labelled_data.hpp"

#include "keyway/core/context.hpp"
#include "keyway/model/network.hpp"

namespace keyway::workflows {

/// Those of split `train` with the most rows, as many as there is room for; a warning where that leaves some
/// out. 0: none.
void remember_pockets(LabelledData& data, int room, model::Trainer& trainer, LogSink& log);

}  // namespace keyway::workflows
