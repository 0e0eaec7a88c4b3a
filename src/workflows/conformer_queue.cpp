/// Blocks of ligands on all threads.
#include "workflows/conformer_queue.hpp"

#include "keyway/chem/conformer.hpp"
#include "keyway/core/ordered_pool.hpp"

#include <optional>

namespace keyway::workflows {
namespace {

constexpr std::size_t kBlockPerThread = 64;
constexpr std::size_t kExamples = 3;

}  // namespace

void ConformerQueue::add(const chem::Molecule& molecule) {
    if (conformers_ == 0) return;
    waiting_.push_back(molecule);
    if (waiting_.size() >= kBlockPerThread * threads_) flush();
}

void ConformerQueue::flush() {
    using Distances = Result<std::vector<std::uint8_t>>;
    std::size_t taken = 0, written = 0;
    ordered_map<std::size_t, Distances>(
        threads_, waiting_.size() + 1,
        [&] { return taken < waiting_.size() ? std::optional(taken++) : std::nullopt; },
        [&](std::size_t&& at, std::size_t) { return chem::conformer_distances(waiting_[at], conformers_); },
        [&](Distances&& distances) {
            if (distances) {
                writer_.add_distances(distances.value());
            } else {
                writer_.add_distances({});
                ++failed_;
                if (examples_.size() < kExamples) examples_.push_back(waiting_[written].id());
            }
            ++written;
            return true;
        });
    waiting_.clear();
}

}  // namespace keyway::workflows
