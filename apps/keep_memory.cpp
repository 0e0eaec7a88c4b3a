/// jemalloc's own control function, if something has brought it (cmake/KeywayDependencies.cmake).
#include "keep_memory.hpp"

#include <sys/types.h>

#include <cstddef>
#include <string>

extern "C" int mallctl(const char* name, void* old_value, std::size_t* old_size, void* value,
                       std::size_t size) __attribute__((weak));

namespace keyway::apps {

void keep_memory() {
    if (!mallctl) return;
    ssize_t never = -1;
    mallctl("arenas.dirty_decay_ms", nullptr, nullptr, &never, sizeof never);  // of arenas to come
    unsigned count = 0;
    std::size_t size = sizeof count;
    mallctl("arenas.narenas", &count, &size, nullptr, 0);
    for (unsigned k = 0; k < count; ++k)  // one that no thread uses yet refuses, and takes the value above
        mallctl(("arena." + std::to_string(k) + ".dirty_decay_ms").c_str(), nullptr, nullptr, &never,
                sizeof never);
}

}  // namespace keyway::apps
