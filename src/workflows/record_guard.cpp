/// Bounds of what may be asked of a record.
#include "keyway/workflows/record_guard.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>

namespace keyway::workflows {

void RecordGuard::check() const {
    if (!(max_seconds >= 0.001 && max_seconds <= 1e6))
        throw Error(
            ErrorKind::usage,
            fmt::format("option '--max-record-seconds' cannot be {}, expected 0.001 to 1e6", max_seconds),
            "20 is a good choice: a usual molecule takes less than a millisecond");
    if (max_memory_mb < 16 || max_memory_mb > (1u << 24))
        throw Error(ErrorKind::usage,
                    fmt::format("option '--max-record-memory' cannot be {}, expected 16 to 16777216 MB",
                                max_memory_mb),
                    "2048 is a good choice");
}

}  // namespace keyway::workflows
