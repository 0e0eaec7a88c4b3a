/// One pocket per id, with a reason when there is none.
#include "workflows/pocket_cache.hpp"

#include "workflows/dataset_fixtures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace keyway::workflows {
namespace {

using testing::SyntheticTarget;

TEST(PocketCache, CutsEachPocketOnce) {
    const SyntheticTarget target;
    PocketCache cache{PocketDefinition{}};
    std::vector<std::shared_ptr<PocketCache::Entry>> entries(4);
    {
        std::vector<std::jthread> threads;
        for (auto& entry : entries) threads.emplace_back([&] { entry = cache.of(target.record("1", "C")); });
    }
    for (const auto& entry : entries) EXPECT_EQ(entry, entries[0]);
    ASSERT_TRUE(entries[0]->graph()) << entries[0]->graph().rejection().message;
    EXPECT_EQ(entries[0]->graph().value()->id, "T");
    EXPECT_GT(entries[0]->graph().value()->atoms(), 10u);
}

TEST(PocketCache, ShrunkPocketsKeepTheirOrigin) {
    const SyntheticTarget target;
    PocketCache cache{PocketDefinition{}};
    const auto entry = cache.of(target.record("1", "C"));
    const auto origin = entry->graph().value()->origin_angstrom;
    entry->shrink(PocketCache::Kept::nothing);
    EXPECT_EQ(entry->graph().value()->origin_angstrom, origin);
    EXPECT_EQ(entry->graph().value()->atoms(), 0u);
}

TEST(PocketCache, SaysWhyThereIsNoPocket) {
    const SyntheticTarget target;
    PocketCache cache{PocketDefinition{}};
    const auto reason = [&](const RawRecord& record) {
        const auto graph = cache.of(record)->graph();
        return graph ? "none" : graph.rejection().stage + " " + graph.rejection().reason;
    };
    auto record = target.record("1", "C");
    record.pocket_id = "a";
    record.structure = target.folder() / "absent.pdb";
    EXPECT_EQ(reason(record), "pocket STRUCTURE");
    record = target.record("1", "C");
    record.pocket_id = "b";
    record.site.reference_ligand = target.folder() / "absent.sdf";
    EXPECT_EQ(reason(record), "pocket SITE");
    record = target.record("1", "C");
    record.pocket_id = "c";
    record.site = {};
    record.site.centre_angstrom = {1000, 0, 0};
    EXPECT_EQ(reason(record), "pocket POCKET");
}

}  // namespace
}  // namespace keyway::workflows
