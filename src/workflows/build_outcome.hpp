/// How a build of a dataset or a library ends: stopped, nothing usable, refused by --strict, or ready to
/// commit.
#pragma once

#include "keyway/core/context.hpp"
#include "keyway/core/error.hpp"
#include "keyway/records/rejected_file.hpp"

#include <fmt/format.h>

#include <string_view>

namespace keyway::workflows {

struct BuildKind {
    std::string_view product, unit;  ///< "dataset", "rows"
    bool strict = false;
};

/// Writes the list of refused records. Throws Error(interrupted), then
/// nothing is written; Error(input) when no record can be used, or when `strict` and one was refused.
template <class Summary>
void settle_build(const BuildKind& kind, RejectedFile& rejected, const Context& context, Summary& summary) {
    if (context.stop)
        throw Error(ErrorKind::interrupted, fmt::format("stopped after {} {}, no {} was written",
                                                        summary.read, kind.unit, kind.product));
    rejected.commit();
    const std::string hint = fmt::format("the reasons are in '{}'", summary.rejected_file.string());
    if (summary.written == 0)
        throw Error(ErrorKind::input, fmt::format("none of the {} {} can be used", summary.read, kind.unit),
                    hint);
    if (kind.strict && summary.rejected > 0)
        throw Error(ErrorKind::input,
                    fmt::format("{} of {} {} were refused, and --strict allows none", summary.rejected,
                                summary.read, kind.unit),
                    hint);
}

}  // namespace keyway::workflows
