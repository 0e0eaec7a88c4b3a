/// Counts rows, hands graphs to the trainer.
#include "workflows/remember_pockets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

namespace keyway::workflows {

void remember_pockets(LabelledData& data, int room, model::Trainer& trainer, LogSink& log) {
    if (room == 0) return;
    std::map<int, std::size_t> rows_of;
    for (const auto& row : data.rows)
        if (row.split == Split::train) ++rows_of[row.pocket];
    std::vector<std::pair<std::size_t, int>> most;  // rows, minus the pocket's number
    for (const auto& [pocket, rows] : rows_of) most.emplace_back(rows, -pocket);
    std::sort(most.begin(), most.end(), std::greater<>());
    most.resize(std::min(most.size(), static_cast<std::size_t>(room)));
    std::vector<const PocketGraph*> pockets;
    for (const auto& [rows, pocket] : most) pockets.push_back(&data.pocket(-pocket));
    trainer.remember(pockets);
    if (pockets.size() < rows_of.size())
        log.warning(
            fmt::format("{} of {} training pockets are remembered, those with the most rows: make "
                        "remembered_pockets of the model configuration larger for more",
                        pockets.size(), rows_of.size()));
}

}  // namespace keyway::workflows
