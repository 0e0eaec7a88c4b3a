/// Computes the conformers of new ligands many at a time, and writes their distances in order.
#pragma once

#include "keyway/chem/molecule.hpp"
#include "keyway/store/dataset_file.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace keyway::workflows {

class ConformerQueue {
public:
    /// `conformers` 0: does nothing.
    ConformerQueue(store::DatasetWriter& writer, int conformers, std::size_t threads)
        : writer_(writer), conformers_(conformers), threads_(threads) {}

    /// The ligand just written.
    void add(const chem::Molecule& molecule);
    /// Call before the writer's `commit`.
    void flush();

    std::uint64_t failed() const { return failed_; }
    /// The first few ligands without a conformer.
    const std::vector<std::string>& examples() const { return examples_; }

private:
    store::DatasetWriter& writer_;
    int conformers_;
    std::size_t threads_;
    std::vector<chem::Molecule> waiting_;
    std::uint64_t failed_ = 0;
    std::vector<std::string> examples_;
};

}  // namespace keyway::workflows
