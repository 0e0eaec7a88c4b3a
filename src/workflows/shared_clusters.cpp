/// Two sets of clusters and their intersection.
#include "workflows/shared_clusters.hpp"

#include <fmt/format.h>

#include <set>

namespace keyway::workflows {

void warn_about_shared_clusters(const LabelledData& data, LogSink& log) {
    std::set<int> train, shared;
    const auto collect = [&](const auto& entries) {
        for (const auto& entry : entries)
            if (entry.split == Split::train && entry.cluster >= 0) train.insert(entry.cluster);
    };
    const auto compare = [&](const auto& entries) {
        for (const auto& entry : entries)
            if (entry.split == Split::valid && train.contains(entry.cluster)) shared.insert(entry.cluster);
    };
    collect(data.rows);
    collect(data.poses);
    compare(data.rows);
    compare(data.poses);
    if (!shared.empty())
        log.warning(
            fmt::format("{} homolog cluster(s) are in both train and valid, for example '{}': the validation "
                        "will look too good",
                        shared.size(), data.name(*shared.begin())));
}

}  // namespace keyway::workflows
