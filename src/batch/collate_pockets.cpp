/// Pockets of a batch end to end, each with its radius graph.
#include "pocket_composition.hpp"
#include "radius_graph.hpp"
#include "tensors.hpp"

#include "keyway/batch/batch.hpp"
#include "keyway/core/error.hpp"

#include <array>
#include <string>

namespace keyway::batch {

namespace {

std::vector<std::array<double, 3>> positions_of(const PocketGraph& pocket, const CollateOptions& options) {
    std::vector<std::array<double, 3>> positions;
    for (const auto& [x, y, z] : pocket.position_in_pocket) {
        std::array<double, 3> p = {x, y, z};
        if (options.coordinate_noise_angstrom > 0)
            for (double& c : p) c += options.coordinate_noise_angstrom * options.random->normal();
        if (options.handedness == Handedness::mirrored) p[0] = -p[0];
        positions.push_back(p);
    }
    return positions;
}

// Entries of one pocket's graph behind those of the pockets before it.
void append(std::vector<std::int64_t>& out, const std::vector<std::int64_t>& values, std::int64_t offset) {
    for (const std::int64_t value : values) out.push_back(value + offset);
}

void check_pocket(const PocketGraph& pocket) {
    pocket.check();
    for (const std::uint8_t token : pocket.is_token)
        if (token) return;
    throw Error(ErrorKind::input,
                "pocket " + pocket.id + " has no token: none of its " + std::to_string(pocket.atoms()) +
                    " atoms is within the token cutoff of the site",
                "check that the site lies in this structure and in its frame");
}

PocketBatch blanked(std::int64_t pockets) {
    PocketBatch batch{.pockets = pockets, .input = PocketInput::blanked};
    for (std::int64_t p = 0; p <= pockets; ++p) batch.token_ptr.push_back(p);
    return batch;
}

}  // namespace

std::int64_t pocket_feature_rows() { return total_classes(kPocketColumns); }

PocketBatch collate_pockets(std::span<const PocketGraph* const> pockets, const CollateOptions& options) {
    if (options.coordinate_noise_angstrom > 0 && options.random == nullptr)
        throw Error(ErrorKind::failure, "coordinate noise needs a source of random numbers");
    if (options.pocket_input == PocketInput::blanked)
        return blanked(static_cast<std::int64_t>(pockets.size()));

    PocketBatch batch{.pockets = static_cast<std::int64_t>(pockets.size())};
    RadiusGraph edges{.ptr = {0}};
    std::vector<std::int64_t> feature_row, token_atom;
    std::vector<double> position, composition;
    batch.atom_ptr = batch.token_ptr = {0};
    for (const PocketGraph* pocket : pockets) {
        check_pocket(*pocket);
        const std::int64_t first_atom = batch.atom_ptr.back(), first_edge = edges.ptr.back();
        const auto positions = positions_of(*pocket, options);
        const RadiusGraph own = radius_graph(*pocket, positions, options.edge_cutoff_angstrom);
        append(edges.receiver, own.receiver, first_atom);
        append(edges.sender, own.sender, first_atom);
        append(edges.reverse, own.reverse, first_edge);
        append(edges.edge_class, own.edge_class, 0);
        edges.ptr.pop_back();
        append(edges.ptr, own.ptr, first_edge);
        append_feature_rows(feature_row, pocket->columns, kPocketColumns);
        const std::vector<float> own_composition = pocket_composition(*pocket);
        composition.insert(composition.end(), own_composition.begin(), own_composition.end());
        for (const auto& p : positions) position.insert(position.end(), p.begin(), p.end());
        for (std::size_t atom = 0; atom < pocket->atoms(); ++atom)
            if (pocket->is_token[atom]) token_atom.push_back(first_atom + static_cast<std::int64_t>(atom));
        batch.atom_ptr.push_back(first_atom + static_cast<std::int64_t>(pocket->atoms()));
        batch.token_ptr.push_back(static_cast<std::int64_t>(token_atom.size()));
    }
    batch.feature_row = index_tensor(feature_row, options).view({-1, kPocketColumnCount});
    batch.position_in_pocket = real_tensor(position, options).view({-1, 3});
    batch.composition = real_tensor(composition, options).view({-1, pocket_composition_size()});
    batch.token_atom = index_tensor(token_atom, options);
    batch.edge_ptr = index_tensor(edges.ptr, options);
    batch.edge_receiver = index_tensor(edges.receiver, options);
    batch.edge_sender = index_tensor(edges.sender, options);
    batch.edge_reverse = index_tensor(edges.reverse, options);
    batch.edge_class = index_tensor(edges.edge_class, options);
    return batch;
}

}  // namespace keyway::batch
