/// Threads for each of several ranks on one machine.
#pragma once

#include "keyway/parallel/ranks.hpp"

namespace keyway::workflows {

/// As `thread_count`, but ranks that were given the same cores of one machine share them. Collective.
int threads_of_rank(int asked, parallel::Ranks& ranks);

}  // namespace keyway::workflows
