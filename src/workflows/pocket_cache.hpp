/// Pockets of a dataset build, each cut once however many rows and threads ask for it.
#pragma once

#include "keyway/core/pocket_definition.hpp"
#include "keyway/core/result.hpp"
#include "keyway/records/raw_record.hpp"
#include "keyway/sample/pocket_graph.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace keyway::workflows {

class PocketCache {
public:
    /// What a pocket that is written keeps beside name and origin.
    enum class Kept { nothing, positions };

    /// One pocket, or the reason why there is none.
    class Entry {
    public:
        Result<std::shared_ptr<const PocketGraph>> graph() const;
        /// Forgets everything but name and origin, which the poses of later rows still need, and what `kept`
        /// says.
        void shrink(Kept kept);

        std::int32_t index = -1;  ///< in the dataset, set by the one thread that writes

    private:
        friend class PocketCache;
        mutable std::mutex mutex_;
        std::optional<Result<std::shared_ptr<const PocketGraph>>> result_;
    };

    explicit PocketCache(const PocketDefinition& definition) : definition_(definition) {}

    /// The pocket of `record.pocket_id`; cuts it on the first call, from any thread. Refusals have the stage
    /// "pocket" and the reason STRUCTURE (cannot be read), SITE (reference ligand) or POCKET (cutting
    /// failed).
    std::shared_ptr<Entry> of(const RawRecord& record);

private:
    PocketDefinition definition_;
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Entry>> entries_;
};

}  // namespace keyway::workflows
