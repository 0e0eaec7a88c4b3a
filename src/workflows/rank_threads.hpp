/// What each of several ranks on one machine takes: threads, and a GPU.
#pragma once

#include "keyway/parallel/ranks.hpp"

#include <cstddef>
#include <string>

namespace keyway::workflows {

/// As `thread_count`, but ranks that were given the same cores of one machine share them. Collective.
int threads_of_rank(int asked, parallel::Ranks& ranks);

/// For "auto" and "cuda", where there are `gpus`: the ranks of one machine take them in turn ("cuda:1"). A
/// launcher that shows each rank a GPU of its own shows one, which is taken. Everything else is as asked.
/// Collective.
std::string device_of_rank(const std::string& asked, std::size_t gpus, parallel::Ranks& ranks);

}  // namespace keyway::workflows
