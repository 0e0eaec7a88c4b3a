/// Random but valid samples, and files of them: the tests' own data.
#pragma once

#include "keyway/core/random.hpp"
#include "keyway/sample/columns.hpp"
#include "keyway/store/dataset_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace keyway::store::testing {

struct Samples {
    std::vector<PocketGraph> pockets;
    std::vector<LigandGraph> ligands;
    std::vector<Measurement> measurements;             ///< assay .. protein are indices into `names`
    std::vector<KnownPose> poses;                      ///< without a measurement
    std::vector<std::vector<std::uint8_t>> distances;  ///< of every ligand, or none
    std::vector<std::string> names;
};

inline PocketGraph random_pocket(Random& random, int number, std::size_t atoms) {
    PocketGraph pocket;
    pocket.id = "pocket_" + std::to_string(number);
    pocket.origin_angstrom = {random.normal() * 20, random.normal() * 20, random.normal() * 20};
    std::int32_t residue = -1;
    for (std::size_t i = 0; i < atoms; ++i) {
        if (i % 7 == 0) {
            ++residue;
            pocket.residue_labels.push_back("A:ALA:" + std::to_string(residue) +
                                            (residue % 3 == 0 ? "B" : ""));
        }
        pocket.position_in_pocket.push_back({static_cast<float>(random.normal() * 6),
                                             static_cast<float>(random.normal() * 6),
                                             static_cast<float>(random.normal() * 6)});
        for (const auto& column : kPocketColumns)
            pocket.columns.push_back(
                static_cast<std::uint8_t>(random.below(static_cast<std::uint64_t>(column.classes))));
        pocket.is_token.push_back(static_cast<std::uint8_t>(random.below(2)));
        pocket.residue.push_back(residue);
        pocket.atom_names.push_back("C" + std::to_string(i % 10));
        if (i > 0)
            pocket.bonds.push_back(
                {static_cast<std::int32_t>(random.below(i)), static_cast<std::int32_t>(i)});
    }
    return pocket;
}

inline LigandGraph random_ligand(Random& random, int number) {
    LigandGraph ligand;
    ligand.id = "ligand " + std::to_string(number) + (number % 5 == 0 ? " \xC2\xB5" : "");
    const std::size_t atoms = 1 + random.below(60);
    ligand.smiles = std::string(atoms, 'C') + std::to_string(number);
    for (std::size_t i = 0; i < atoms; ++i) {
        for (const auto& column : kLigandColumns)
            ligand.columns.push_back(
                static_cast<std::uint8_t>(random.below(static_cast<std::uint64_t>(column.classes))));
        if (i > 0) {
            ligand.bonds.push_back(
                {static_cast<std::uint16_t>(random.below(i)), static_cast<std::uint16_t>(i)});
            ligand.bond_types.push_back(static_cast<std::uint8_t>(random.below(kBondClasses)));
        }
    }
    for (std::size_t i = 0; atoms > 4 && i < random.below(3); ++i)
        ligand.stereo.push_back({static_cast<std::uint16_t>(random.below(atoms)),
                                 {0, 1, 2, static_cast<std::int16_t>(random.below(2) == 0 ? -1 : 3)},
                                 static_cast<std::int8_t>(random.below(2) == 0 ? -1 : 1)});
    for (std::uint16_t bit = 0; bit < kFingerprintBits; ++bit)
        if (random.below(40) == 0) ligand.fingerprint.push_back(bit);
    return ligand;
}

inline Samples random_samples(std::uint64_t seed, int pockets = 4, int ligands = 60, int measurements = 90) {
    Random random(seed);
    Samples samples;
    samples.names = {"labels.csv", "assay \xCE\xB1", "assay b", "kinase", "C01", ""};
    for (int i = 0; i < pockets; ++i)
        samples.pockets.push_back(random_pocket(random, i, 50 + random.below(300)));
    for (int i = 0; i < ligands; ++i) samples.ligands.push_back(random_ligand(random, i));
    for (int i = 0; i < measurements; ++i) {
        Measurement row;
        row.id = "row/" + std::to_string(i);
        row.pocket = static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(pockets)));
        row.ligand = static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(ligands)));
        row.pk = static_cast<float>(2 + 10 * random.uniform());
        row.relation = static_cast<Relation>(random.below(4));
        row.measure = static_cast<Measure>(random.below(6));
        row.split = static_cast<Split>(random.below(4));
        row.assay = static_cast<std::int32_t>(random.below(3)) - 1;
        row.source = 0;
        row.cluster = 4;
        row.protein = 3;
        if (i % 4 == 0)
            for (std::size_t k = 0; k < samples.ligands[static_cast<std::size_t>(row.ligand)].atoms(); ++k)
                row.pose_in_pocket.push_back(
                    {static_cast<float>(random.normal()), 0.5f, static_cast<float>(k)});
        samples.measurements.push_back(row);
    }
    return samples;
}

/// Adds three poses without a measurement, and distances that the fifth ligand lacks.
inline Samples with_poses(Samples samples) {
    for (int i = 0; i < 3; ++i) {
        KnownPose pose{i % 2, i, static_cast<Split>(i), i == 0 ? -1 : 4, {}};
        for (std::size_t k = 0; k < samples.ligands[static_cast<std::size_t>(i)].atoms(); ++k)
            pose.position_in_pocket.push_back({static_cast<float>(k), 0.25f, static_cast<float>(-i)});
        samples.poses.push_back(std::move(pose));
    }
    for (std::size_t i = 0; i < samples.ligands.size(); ++i) {
        const std::size_t atoms = samples.ligands[i].atoms();
        auto& distances = samples.distances.emplace_back();
        for (std::size_t k = 0; i != 4 && k < atoms * (atoms - 1) / 2; ++k)
            distances.push_back(static_cast<std::uint8_t>((7 * k + i) % 256));
    }
    return samples;
}

inline DatasetPassport example_passport() {
    DatasetPassport passport;
    passport.pocket.keep_waters = true;
    passport.created_by = "keyway test";
    passport.ligand_policy = "neutralise=1";
    passport.sources = {{"labels.csv", std::string(64, 'a')}, {"my targets.csv", std::string(64, 'b')}};
    return passport;
}

inline void write(const Samples& samples, const std::filesystem::path& path) {
    DatasetPassport passport = example_passport();
    passport.conformers = samples.distances.empty() ? 0 : 3;
    DatasetWriter writer(path, IfExists::overwrite, passport);
    for (const auto& name : samples.names) writer.name(name);
    for (const auto& pocket : samples.pockets) writer.add(pocket);
    for (const auto& ligand : samples.ligands) writer.add(ligand);
    for (const auto& row : samples.measurements) writer.add(row);
    for (const auto& pose : samples.poses) writer.add(pose);
    for (const auto& distances : samples.distances) writer.add_distances(distances);
    writer.commit();
}

/// Everything a reader gives, as one text: equal texts mean equal content.
inline std::string everything(const DatasetReader& reader) {
    std::string text;
    const auto add_bytes = [&](const auto& rows) {
        text.append(reinterpret_cast<const char*>(rows.data()), rows.size() * sizeof(rows[0]));
        text += '|';
    };
    const auto add_text = [&](const std::string& part) { text += part + '|'; };
    const auto& passport = reader.passport();
    for (const auto& part :
         {passport.created_by, passport.ligand_policy, passport.content_sha256, passport.pocket.to_text()})
        add_text(part);
    for (const auto& [file, hash] : passport.sources) add_text(file + hash);
    for (std::uint64_t i = 0; i < passport.pockets; ++i) {
        const auto pocket = reader.pocket(static_cast<std::int32_t>(i));
        add_text(pocket.id);
        add_bytes(pocket.origin_angstrom);
        add_bytes(pocket.position_in_pocket);
        add_bytes(pocket.columns);
        add_bytes(pocket.is_token);
        add_bytes(pocket.residue);
        add_bytes(pocket.bonds);
        for (const auto& label : pocket.residue_labels) add_text(label);
        for (const auto& name : pocket.atom_names) add_text(name);
    }
    for (std::uint64_t i = 0; i < passport.ligands; ++i) {
        const auto ligand = reader.ligand(static_cast<std::int32_t>(i));
        add_text(ligand.id);
        add_text(ligand.smiles);
        add_bytes(ligand.columns);
        add_bytes(ligand.bonds);
        add_bytes(ligand.bond_types);
        for (const auto& centre : ligand.stereo) {
            add_bytes(centre.neighbour);
            text += std::to_string(centre.atom) + ' ' + std::to_string(centre.sign) + '|';
        }
        add_bytes(ligand.fingerprint);
    }
    const auto rows = reader.measurements();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& row = rows[i];
        add_text(row.id);
        add_bytes(std::array<std::int32_t, 6>{row.pocket, row.ligand, row.assay, row.source, row.cluster,
                                              row.protein});
        add_bytes(std::array<float, 1>{row.pk});
        add_bytes(std::array<int, 3>{static_cast<int>(row.relation), static_cast<int>(row.measure),
                                     static_cast<int>(row.split)});
        for (const auto name : {row.assay, row.source, row.cluster, row.protein})
            if (name >= 0) add_text(reader.name(name));
        add_bytes(reader.pose(static_cast<std::int64_t>(i)));
    }
    for (const auto& pose : reader.poses()) {
        add_bytes(std::array<std::int32_t, 4>{pose.pocket, pose.ligand, static_cast<int>(pose.split),
                                              pose.cluster});
        add_bytes(pose.position_in_pocket);
    }
    for (std::uint64_t i = 0; i < passport.ligands; ++i)
        add_bytes(reader.distances(static_cast<std::int32_t>(i)));
    return text;
}

/// A file in the test's temporary folder, gone at the end.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::string& name)
        : path_(std::filesystem::temp_directory_path() /
                ("keyway_store_" + std::to_string(::getpid()) + "_" + name)) {}
    ~TemporaryFile() {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
    const std::filesystem::path& path() const { return path_; }
    operator const std::filesystem::path&() const { return path_; }

private:
    std::filesystem::path path_;
};

inline std::string read_bytes(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace keyway::store::testing
