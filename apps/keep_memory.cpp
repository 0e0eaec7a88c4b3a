/// jemalloc's own control function, if something has brought it (cmake/KeywayDependencies.cmake).
#include "keep_memory.hpp"

#include <sys/types.h>

#include <cstddef>
#include <initializer_list>

extern "C" int mallctl(const char* name, void* old_value, std::size_t* old_size, void* value,
                       std::size_t size) __attribute__((weak));

namespace keyway::apps {

void keep_memory() {
    if (!mallctl) return;
    ssize_t never = -1;
    // Of arenas to come, and of all that there are (4096 stands for them).
    for (const char* name : {"arenas.dirty_decay_ms", "arena.4096.dirty_decay_ms"})
        mallctl(name, nullptr, nullptr, &never, sizeof never);
}

}  // namespace keyway::apps
