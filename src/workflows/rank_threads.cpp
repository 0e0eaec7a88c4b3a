/// Who else has my cores, and my GPU?
#include "workflows/rank_threads.hpp"

#include "workflows/thread_count.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <string>

namespace keyway::workflows {
namespace {

std::string own_machine() {
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    return host;
}

/// Machine and cores: equal for ranks that the launcher has not bound apart.
std::string own_cores() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    sched_getaffinity(0, sizeof allowed, &allowed);
    std::string text = own_machine();
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

std::string device_of_rank(const std::string& asked, std::size_t gpus, parallel::Ranks& ranks) {
    if (ranks.size() == 1 || gpus == 0 || (asked != "auto" && asked != "cuda")) return asked;
    const auto machines = ranks.gather(own_machine());
    const auto own = machines.begin() + ranks.rank();
    const auto before = static_cast<std::size_t>(std::count(machines.begin(), own, *own));
    return "cuda:" + std::to_string(before % gpus);
}

}  // namespace keyway::workflows
