/// How many threads "0: all cores" means.
#pragma once

#include <sched.h>

#include <algorithm>
#include <thread>

namespace keyway::workflows {

/// What a batch system or a container grants, not what the machine has.
inline int thread_count(int asked) {
    if (asked > 0) return asked;
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return std::max(1, CPU_COUNT(&allowed));
    return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

}  // namespace keyway::workflows
