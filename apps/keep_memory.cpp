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
    unsigned arenas = 0;
    std::size_t size = sizeof arenas;
    mallctl("arenas.narenas", &arenas, &size, nullptr, 0);
    std::size_t never = std::size_t{1} << 40;
    ssize_t minute = 60'000;  // [ms]
    mallctl("arenas.dirty_decay_ms", nullptr, nullptr, &minute, sizeof minute);
    for (unsigned k = 0; k < arenas; ++k) {  // one that no thread uses yet refuses
        const std::string arena = "arena." + std::to_string(k);
        mallctl((arena + ".oversize_threshold").c_str(), nullptr, nullptr, &never, sizeof never);
        mallctl((arena + ".dirty_decay_ms").c_str(), nullptr, nullptr, &minute, sizeof minute);
    }
}

}  // namespace keyway::apps
