/// Cuts pockets on first demand.
#include "pocket_cache.hpp"

#include "keyway/chem/pocket.hpp"
#include "keyway/chem/structure.hpp"
#include "keyway/core/error.hpp"
#include "keyway/features/features.hpp"

namespace keyway::workflows {
namespace {

chem::Site site_of(const RawSite& site) {
    return site.centre_angstrom ? chem::site_from_centre(*site.centre_angstrom)
                                : chem::site_from_ligand_file(site.reference_ligand);
}

Result<std::shared_ptr<const PocketGraph>> cut(const RawRecord& record, const PocketDefinition& definition) {
    std::string reason = "STRUCTURE";
    try {
        const chem::Structure structure = chem::read_structure(record.structure);
        reason = "SITE";
        const chem::Site site = site_of(record.site);
        reason = "POCKET";
        chem::Pocket pocket = chem::cut_pocket(structure, site, definition);
        pocket.id = record.pocket_id;
        return std::make_shared<const PocketGraph>(features::pocket_graph(pocket));
    } catch (const Error& error) {
        return Rejection{"pocket", reason, error.what()};
    }
}

}  // namespace

Result<std::shared_ptr<const PocketGraph>> PocketCache::Entry::graph() const {
    const std::lock_guard lock(mutex_);
    return *result_;
}

void PocketCache::Entry::shrink(Kept kept) {
    const std::lock_guard lock(mutex_);
    PocketGraph slim;
    slim.id = result_->value()->id;
    slim.origin_angstrom = result_->value()->origin_angstrom;
    if (kept == Kept::positions) slim.position_in_pocket = result_->value()->position_in_pocket;
    result_ = std::make_shared<const PocketGraph>(std::move(slim));
}

std::shared_ptr<PocketCache::Entry> PocketCache::of(const RawRecord& record) {
    std::shared_ptr<Entry> entry;
    {
        const std::lock_guard lock(mutex_);
        auto& slot = entries_[record.pocket_id];
        if (!slot) slot = std::make_shared<Entry>();
        entry = slot;
    }
    const std::lock_guard lock(entry->mutex_);
    if (!entry->result_) entry->result_ = cut(record, definition_);
    return entry;
}

}  // namespace keyway::workflows
