/// Bookkeeping on the host, distances in a few tensor operations.
#include "model/pose_targets.hpp"

#include "keyway/core/error.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <string>

namespace keyway::model {
namespace {

at::Tensor lengths(const at::Tensor& difference) { return difference.square().sum(-1).sqrt(); }

}  // namespace

void check_geometry(const TrainBatch& batch) {
    for (const TrainBatch::Pose& pose : batch.poses) {
        if (pose.pocket < 0 || pose.pocket >= static_cast<int>(batch.pockets.size()) || pose.ligand < 0 ||
            pose.ligand >= static_cast<int>(batch.ligands.size()))
            throw Error(ErrorKind::failure, "a pose points outside its batch");
        const std::size_t atoms = batch.ligands[pose.ligand]->atoms();
        if (pose.position_in_pocket.size() != 3 * atoms)
            throw Error(ErrorKind::failure, "a pose of ligand " + batch.ligands[pose.ligand]->id + " has " +
                                                std::to_string(pose.position_in_pocket.size()) +
                                                " coordinates for " + std::to_string(atoms) + " atoms");
        for (const float coordinate : pose.position_in_pocket)
            if (!std::isfinite(coordinate))
                throw Error(ErrorKind::failure, "a pose of ligand " + batch.ligands[pose.ligand]->id +
                                                    " has a coordinate that is not finite");
    }
    for (const TrainBatch::IntraDistances& of : batch.intra_distances) {
        if (of.ligand < 0 || of.ligand >= static_cast<int>(batch.ligands.size()))
            throw Error(ErrorKind::failure, "distances of a ligand point outside its batch");
        const std::size_t atoms = batch.ligands[of.ligand]->atoms();
        if (of.tenth_angstrom.size() != atoms * (atoms - 1) / 2)
            throw Error(ErrorKind::failure, "ligand " + batch.ligands[of.ligand]->id + " has " +
                                                std::to_string(of.tenth_angstrom.size()) + " distances for " +
                                                std::to_string(atoms) + " atoms");
    }
}

PoseTargets pose_targets(const TrainBatch& batch, const std::vector<std::int64_t>& pair_of_pose,
                         const batch::LigandBatch& ligands, batch::Handedness handedness) {
    PoseTargets targets;
    std::vector<std::int64_t> atom;
    std::vector<float> position;
    const float x_sign = handedness == batch::Handedness::mirrored ? -1.0f : 1.0f;
    for (std::size_t k = 0; k < pair_of_pose.size(); ++k) {
        const TrainBatch::Pose& pose = batch.poses[k];
        const std::int64_t ligand = pair_of_pose[k];
        targets.ligand.push_back(ligand);
        targets.pocket.push_back(pose.pocket);
        for (std::int64_t a = ligands.atom_ptr[ligand]; a < ligands.atom_ptr[ligand + 1]; ++a)
            atom.push_back(a);
        targets.atom_ptr.push_back(static_cast<std::int64_t>(atom.size()));
        for (std::size_t c = 0; c < pose.position_in_pocket.size(); ++c)
            position.push_back(c % 3 == 0 ? x_sign * pose.position_in_pocket[c] : pose.position_in_pocket[c]);
    }
    const at::Device device = ligands.feature_row.device();
    targets.atom = at::tensor(atom, at::kLong).to(device);
    targets.position = at::tensor(position, at::kFloat).to(device).view({-1, 3});
    return targets;
}

at::Tensor token_distances(const PoseTargets& poses, const EncodedPockets& pockets) {
    std::vector<at::Tensor> distances;
    for (std::size_t k = 0; k < poses.ligand.size(); ++k) {
        const std::int64_t first = poses.atom_ptr[k], atoms = poses.atom_ptr[k + 1] - first,
                           token = pockets.token_ptr[poses.pocket[k]],
                           tokens = pockets.token_ptr[poses.pocket[k] + 1] - token;
        distances.push_back(lengths(poses.position.narrow(0, first, atoms).unsqueeze(1) -
                                    pockets.token_position.narrow(0, token, tokens).unsqueeze(0))
                                .flatten());  // [atoms * tokens]
    }
    return at::cat(distances);
}

AtomPairs atom_pairs(const PoseTargets& poses, const TrainBatch& batch,
                     const std::vector<std::int64_t>& pair_of_ligand, const batch::LigandBatch& ligands) {
    std::vector<std::int64_t> first, second;  // of the collated batch
    std::vector<float> distance;
    const auto add = [&](std::int64_t ligand, const auto& distance_of) {
        const std::int64_t from = ligands.atom_ptr[ligand], end = ligands.atom_ptr[ligand + 1];
        for (std::int64_t i = from; i < end; ++i)
            for (std::int64_t j = i + 1; j < end; ++j) {
                first.push_back(i), second.push_back(j);
                distance.push_back(distance_of(i - from, j - from));
            }
    };
    for (std::size_t k = 0; k < poses.ligand.size(); ++k) {
        const float* position = batch.poses[k].position_in_pocket.data();
        add(poses.ligand[k], [position](std::int64_t i, std::int64_t j) {
            const float *a = position + 3 * i, *b = position + 3 * j;
            return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
        });
    }
    for (const TrainBatch::IntraDistances& of : batch.intra_distances) {
        if (pair_of_ligand[of.ligand] < 0) continue;
        std::size_t next = 0;
        add(pair_of_ligand[of.ligand],
            [&](std::int64_t, std::int64_t) { return static_cast<float>(of.tenth_angstrom[next++]) / 10; });
    }
    const at::Device device = ligands.feature_row.device();
    return {at::tensor(first, at::kLong).to(device), at::tensor(second, at::kLong).to(device),
            at::tensor(distance, at::kFloat).to(device)};
}

}  // namespace keyway::model
