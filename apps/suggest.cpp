/// Edit distance (optimal string alignment) and the nearest name by it.
#include "suggest.hpp"

#include <algorithm>
#include <vector>

namespace keyway::apps {

int edit_distance(std::string_view a, std::string_view b) {
    const std::size_t width = b.size() + 1;
    std::vector<int> cost((a.size() + 1) * width);
    for (std::size_t i = 0; i <= a.size(); ++i) cost[i * width] = static_cast<int>(i);
    for (std::size_t j = 0; j < width; ++j) cost[j] = static_cast<int>(j);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j < width; ++j) {
            int& best = cost[i * width + j];
            best = std::min({cost[(i - 1) * width + j] + 1, cost[i * width + j - 1] + 1,
                             cost[(i - 1) * width + j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = std::min(best, cost[(i - 2) * width + j - 2] + 1);
        }
    }
    return cost.back();
}

std::string nearest(std::string_view name, std::span<const std::string> candidates) {
    std::string best, with_prefix;
    int best_distance = 3, prefixed = 0;
    for (const auto& candidate : candidates) {
        // Two edits turn any two-letter word into any other: short names must share more.
        const int distance = edit_distance(name, candidate);
        if (distance < best_distance &&
            distance < static_cast<int>(std::max(name.size(), candidate.size())) - 1) {
            best = candidate;
            best_distance = distance;
        }
        if (name.size() >= 3 && candidate.starts_with(name)) {
            with_prefix = candidate;
            ++prefixed;
        }
    }
    return best.empty() && prefixed == 1 ? with_prefix : best;
}

}  // namespace keyway::apps
