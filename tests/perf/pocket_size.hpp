/// What `arithmetic.hpp` has to know of a batch of pockets.
#pragma once

#include "arithmetic.hpp"

#include "keyway/batch/batch.hpp"

#include <ATen/ATen.h>

namespace keyway::model {

inline PocketSize size_of(const batch::PocketBatch& pockets) {
    const at::Tensor edges = pockets.edge_ptr.diff();
    return {static_cast<double>(pockets.atom_ptr.back()), static_cast<double>(pockets.edge_sender.size(0)),
            static_cast<double>(pockets.token_ptr.back()),
            edges.index_select(0, pockets.token_atom).sum().item<double>()};
}

}  // namespace keyway::model
