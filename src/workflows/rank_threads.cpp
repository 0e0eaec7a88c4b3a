/// Who else has my cores?
#include "workflows/rank_threads.hpp"

#include "workflows/thread_count.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <string>

namespace keyway::workflows {
namespace {

/// Machine and cores: equal for ranks that the launcher has not bound apart.
std::string own_cores() {
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    sched_getaffinity(0, sizeof allowed, &allowed);
    std::string text = host;
    for (int core = 0; core < CPU_SETSIZE; ++core)
        if (CPU_ISSET(core, &allowed)) text.append(" ").append(std::to_string(core));
    return text;
}

}  // namespace

int threads_of_rank(int asked, parallel::Ranks& ranks) {
    if (asked > 0 || ranks.size() == 1) return thread_count(asked);
    const std::string mine = own_cores();
    const auto everyone = ranks.gather(mine);
    const auto sharing = std::count(everyone.begin(), everyone.end(), mine);
    return std::max(1, thread_count(0) / static_cast<int>(sharing));
}

}  // namespace keyway::workflows
