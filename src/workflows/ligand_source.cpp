/// Ligands that are numbers already: HDF5 libraries and datasets.
#include "ligand_source.hpp"

#include "keyway/core/error.hpp"
#include "keyway/store/dataset_file.hpp"

#include <algorithm>
#include <fstream>

namespace keyway::workflows {
namespace {

class StoredLigands final : public LigandSource {
public:
    explicit StoredLigands(const std::filesystem::path& path) : reader_(path) {}

    bool next(RawLigand& ligand) override {
        if (at_ >= reader_.passport().ligands) return false;
        if (at_ < block_first_ || at_ >= block_first_ + block_.size()) {
            block_first_ = at_;
            block_ = reader_.ligands(static_cast<std::int32_t>(at_),
                                     std::min(kBlock, reader_.passport().ligands - at_));
        }
        LigandGraph graph = std::move(block_[at_ - block_first_]);
        ligand.id = graph.id;
        ligand.line = ++at_;
        ligand.content = std::move(graph);
        return true;
    }

    std::uint64_t skip(std::uint64_t count) override {
        const auto skipped = std::min(count, reader_.passport().ligands - at_);
        at_ += skipped;
        return skipped;
    }

    PreparedLigand prepare(RawLigand&& ligand, WithMolBlock with_mol_block) const override {
        PreparedLigand prepared(std::any_cast<LigandGraph&&>(std::move(ligand.content)));
        prepared.input_smiles = prepared.graph.value().smiles;
        if (with_mol_block == WithMolBlock::yes)
            prepared.mol_block = mol_block_of_smiles(prepared.input_smiles);
        return prepared;
    }

    std::string_view kind() const override { return "h5"; }
    std::optional<std::uint64_t> size() const override { return reader_.passport().ligands; }
    double progress() const override {
        const auto total = reader_.passport().ligands;
        return total == 0 ? 1 : static_cast<double>(at_) / static_cast<double>(total);
    }

private:
    static constexpr std::uint64_t kBlock = 256;  ///< ligands read at once

    store::DatasetReader reader_;
    std::vector<LigandGraph> block_;
    std::uint64_t block_first_ = 0, at_ = 0;
};

}  // namespace

std::vector<PreparedLigand> LigandSource::prepare_all(std::span<RawLigand> ligands,
                                                      WithMolBlock with_mol_block) const {
    std::vector<PreparedLigand> prepared;
    prepared.reserve(ligands.size());
    for (auto& ligand : ligands) prepared.push_back(prepare(std::move(ligand), with_mol_block));
    return prepared;
}

std::uint64_t LigandSource::skip(std::uint64_t count) {
    RawLigand ignored;
    std::uint64_t skipped = 0;
    while (skipped < count && next(ignored)) ++skipped;
    return skipped;
}

bool is_hdf5_file(const std::filesystem::path& path) {
    constexpr std::string_view kSignature = "\x89HDF\r\n\x1a\n";
    std::error_code ignored;
    if (path == "-" || !std::filesystem::is_regular_file(path, ignored)) return false;
    std::string start(kSignature.size(), '\0');
    std::ifstream(path, std::ios::binary).read(start.data(), static_cast<std::streamsize>(start.size()));
    return start == kSignature;
}

std::unique_ptr<LigandSource> open_ligand_source(const std::filesystem::path& path,
                                                 const ScreenOptions& options) {
    if (is_hdf5_file(path)) return std::make_unique<StoredLigands>(path);
    return open_text_ligands(path, options);
}

}  // namespace keyway::workflows
