/// What is written reads back; the same samples give the same bytes; a failed write leaves nothing behind.
#include "store/random_samples.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/output_file.hpp"
#include "keyway/store/schema.hpp"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>

namespace keyway::store {
namespace {

using testing::Samples;
using testing::TemporaryFile;

TEST(DatasetWriter, WritesWhatTheReaderGivesBack) {
    const Samples samples = testing::random_samples(7, 5, 400, 3000);  // several chunks of most arrays
    const TemporaryFile file("round_trip.h5");

    testing::write(samples, file);

    const DatasetReader reader(file.path());
    EXPECT_EQ(reader.passport().pockets, samples.pockets.size());
    EXPECT_EQ(reader.passport().ligands, samples.ligands.size());
    EXPECT_EQ(reader.passport().sources, testing::example_passport().sources);
    EXPECT_EQ(reader.passport().pocket, testing::example_passport().pocket);
    EXPECT_EQ(reader.passport().schema_version, kSchemaVersion);
    EXPECT_EQ(reader.passport().feature_version, kFeatureVersion);
    for (std::size_t i = 0; i < samples.pockets.size(); ++i) {
        const auto& expected = samples.pockets[i];
        const auto pocket = reader.pocket(static_cast<std::int32_t>(i));
        EXPECT_EQ(pocket.id, expected.id);
        EXPECT_EQ(pocket.origin_angstrom, expected.origin_angstrom);
        EXPECT_EQ(pocket.position_in_pocket, expected.position_in_pocket);
        EXPECT_EQ(pocket.columns, expected.columns);
        EXPECT_EQ(pocket.is_token, expected.is_token);
        EXPECT_EQ(pocket.residue, expected.residue);
        EXPECT_EQ(pocket.bonds, expected.bonds);
        EXPECT_EQ(pocket.residue_labels, expected.residue_labels);
        EXPECT_EQ(pocket.atom_names, expected.atom_names);
    }
    for (std::size_t i = 0; i < samples.ligands.size(); ++i) {
        const auto& expected = samples.ligands[i];
        const auto ligand = reader.ligand(static_cast<std::int32_t>(i));
        EXPECT_EQ(ligand.id, expected.id);
        EXPECT_EQ(ligand.smiles, expected.smiles);
        EXPECT_EQ(ligand.columns, expected.columns);
        EXPECT_EQ(ligand.bonds, expected.bonds);
        EXPECT_EQ(ligand.bond_types, expected.bond_types);
        EXPECT_EQ(ligand.stereo, expected.stereo);
        EXPECT_EQ(ligand.fingerprint, expected.fingerprint);
    }
    const auto rows = reader.measurements();
    ASSERT_EQ(rows.size(), samples.measurements.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& expected = samples.measurements[i];
        EXPECT_EQ(rows[i].id, expected.id);
        EXPECT_EQ(rows[i].pocket, expected.pocket);
        EXPECT_EQ(rows[i].ligand, expected.ligand);
        EXPECT_EQ(rows[i].pk, expected.pk);
        EXPECT_EQ(rows[i].relation, expected.relation);
        EXPECT_EQ(rows[i].measure, expected.measure);
        EXPECT_EQ(rows[i].split, expected.split);
        EXPECT_EQ(rows[i].assay, expected.assay);
        EXPECT_EQ(rows[i].source, expected.source);
        EXPECT_EQ(rows[i].cluster, expected.cluster);
        EXPECT_EQ(rows[i].protein, expected.protein);
        EXPECT_TRUE(rows[i].pose_in_pocket.empty());
        EXPECT_EQ(reader.pose(static_cast<std::int64_t>(i)), expected.pose_in_pocket);
    }
    for (std::size_t i = 0; i < samples.names.size(); ++i)
        EXPECT_EQ(reader.name(static_cast<std::int32_t>(i)), samples.names[i]);
    EXPECT_EQ(reader.pocket_ids().back(), samples.pockets.back().id);
    EXPECT_NO_THROW(reader.verify());
}

TEST(DatasetWriter, KeepsPosesWithoutAMeasurementAndDistancesInsideLigands) {
    const Samples samples = testing::with_poses(testing::random_samples(7));
    const TemporaryFile file("poses.h5");

    testing::write(samples, file);

    const DatasetReader reader(file.path());
    EXPECT_EQ(reader.passport().schema_version, kSchemaVersionWithPoses);
    EXPECT_EQ(reader.passport().poses, 3u);
    EXPECT_EQ(reader.passport().conformers, 3);
    const auto poses = reader.poses();
    std::size_t measured = 0;
    for (const auto& row : samples.measurements) {
        if (row.pose_in_pocket.empty()) continue;
        ASSERT_LT(measured, poses.size());
        EXPECT_EQ(poses[measured].ligand, row.ligand);
        EXPECT_EQ(poses[measured].split, row.split);
        EXPECT_EQ(poses[measured++].position_in_pocket, row.pose_in_pocket);
    }
    ASSERT_EQ(poses.size(), measured + 3);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(poses[measured + i].pocket, samples.poses[i].pocket);
        EXPECT_EQ(poses[measured + i].ligand, samples.poses[i].ligand);
        EXPECT_EQ(poses[measured + i].split, samples.poses[i].split);
        EXPECT_EQ(poses[measured + i].cluster, samples.poses[i].cluster);
        EXPECT_EQ(poses[measured + i].position_in_pocket, samples.poses[i].position_in_pocket);
    }
    for (std::size_t i = 0; i < samples.ligands.size(); ++i)
        EXPECT_EQ(reader.distances(static_cast<std::int32_t>(i)), samples.distances[i]);
    EXPECT_NO_THROW(reader.verify());
}

TEST(DatasetWriter, AFileWithoutPosesIsOfTheFirstVersionAndHasNoDistances) {
    const TemporaryFile file("plain.h5");
    testing::write(testing::random_samples(7), file);
    const DatasetReader reader(file.path());
    EXPECT_EQ(reader.passport().schema_version, kSchemaVersion);
    EXPECT_EQ(reader.passport().conformers, 0);
    EXPECT_TRUE(reader.distances(0).empty());
    EXPECT_EQ(reader.poses().size(), 23u) << "those of measurements";
}

TEST(DatasetWriter, RefusesPosesAndDistancesThatDoNotFitTheirLigand) {
    const Samples samples = testing::with_poses(testing::random_samples(7));
    const TemporaryFile file("unfit.h5");
    DatasetPassport passport;
    passport.conformers = 1;
    DatasetWriter writer(file.path(), IfExists::overwrite, passport);
    writer.add(samples.pockets[0]);
    writer.add(samples.ligands[0]);
    KnownPose pose = samples.poses[0];
    pose.position_in_pocket.pop_back();
    EXPECT_THROW(writer.add(pose), Error);
    pose = samples.poses[0];
    pose.pocket = 1;
    EXPECT_THROW(writer.add(pose), Error) << "there is one pocket only";
    EXPECT_THROW(writer.commit(), Error) << "the ligand's distances are missing";
    auto distances = samples.distances[0];
    distances.push_back(1);
    EXPECT_THROW(writer.add_distances(distances), Error);
    writer.add_distances(samples.distances[0]);
    EXPECT_THROW(writer.add_distances({}), Error) << "there is one ligand only";
    EXPECT_NO_THROW(writer.commit());
}

TEST(DatasetWriter, GivesTheSameBytesForTheSameSamples) {
    const Samples samples = testing::random_samples(11);
    const TemporaryFile first("first.h5"), second("second.h5");

    testing::write(samples, first);
    testing::write(samples, second);

    EXPECT_TRUE(testing::read_bytes(first) == testing::read_bytes(second));
}

TEST(DatasetWriter, GivesAnotherHashWhenOneValueDiffers) {
    Samples samples = testing::random_samples(11);
    const TemporaryFile first("hash_first.h5"), second("hash_second.h5");
    testing::write(samples, first);

    samples.measurements[5].pk += 0.001f;
    testing::write(samples, second);

    EXPECT_NE(DatasetReader(first.path()).passport().content_sha256,
              DatasetReader(second.path()).passport().content_sha256);
}

TEST(DatasetWriter, WritesAnEmptyFileAndALibraryWithoutPockets) {
    const TemporaryFile file("library.h5");
    Samples samples = testing::random_samples(3, 1, 20, 0);
    samples.pockets.clear();
    testing::write(samples, file);
    EXPECT_EQ(DatasetReader(file.path()).passport().ligands, 20u);
    EXPECT_NO_THROW(DatasetReader(file.path()).verify());

    testing::write({}, file);
    EXPECT_EQ(DatasetReader(file.path()).passport().ligands, 0u);
    EXPECT_NO_THROW(DatasetReader(file.path()).verify());
}

TEST(DatasetWriter, RecordsOfALibrarySayWhereLigandsComeFrom) {
    const TemporaryFile file("records.h5");
    std::vector<LibraryRecord> expected;
    const std::vector<LigandGraph> ligands = testing::random_samples(3, 1, 700, 0).ligands;
    for (const auto packing : {Packing::plain, Packing::compressed}) {
        expected.clear();
        DatasetWriter writer(file.path(), IfExists::overwrite, {}, packing);
        for (int i = 0; i < 700; ++i) {
            const LigandGraph& ligand = ligands[static_cast<std::size_t>(i)];
            const auto index = writer.add(ligand);
            expected.push_back({ligand.id, index, writer.name("a.smi"), 2 * i + 1, 2 * i});
            writer.add(expected.back(), ligand.id);
            expected.back().id.clear();  // the ligand's
        }
        expected.push_back({"again", 5, writer.name("b.smi"), 7, 6});
        writer.add(expected.back(), "");
        EXPECT_THROW(writer.add(LibraryRecord{"x", 700, 0, 1, 0}, ""), Error);
        writer.commit();

        const DatasetReader reader(file.path());
        EXPECT_EQ(reader.passport().schema_version, kSchemaVersionWithRecords);
        EXPECT_EQ(reader.passport().records, 701u);
        EXPECT_EQ(reader.records(0, 701), expected);
        EXPECT_EQ(reader.name(reader.records(700, 1)[0].file), "b.smi");
        EXPECT_THROW(reader.records(700, 2), Error);
        EXPECT_NO_THROW(reader.verify());
        const auto slab = reader.ligands(100, 256);
        for (std::size_t i = 0; i < slab.size(); ++i) {
            const auto one = reader.ligand(static_cast<std::int32_t>(100 + i));
            EXPECT_EQ(slab[i].id, ligands[100 + i].id);
            EXPECT_EQ(slab[i].columns, ligands[100 + i].columns);
            EXPECT_EQ(slab[i].bonds, one.bonds);
            EXPECT_EQ(slab[i].stereo, ligands[100 + i].stereo);
            EXPECT_EQ(slab[i].fingerprint, one.fingerprint);
        }
        EXPECT_THROW(reader.ligands(600, 101), Error);
    }
}

TEST(DatasetWriter, SharesEqualNames) {
    const TemporaryFile file("names.h5");
    DatasetWriter writer(file.path(), IfExists::refuse, {});
    EXPECT_EQ(writer.name("a"), 0);
    EXPECT_EQ(writer.name("b"), 1);
    EXPECT_EQ(writer.name("a"), 0);
}

TEST(DatasetWriter, LeavesNothingBehindWithoutCommit) {
    const TemporaryFile file("uncommitted.h5");
    {
        DatasetWriter writer(file.path(), IfExists::refuse, {});
        writer.add(testing::random_samples(1).ligands[0]);
        EXPECT_TRUE(std::filesystem::exists(part_path(file)));
    }
    EXPECT_FALSE(std::filesystem::exists(file));
    EXPECT_FALSE(std::filesystem::exists(part_path(file)));
}

TEST(DatasetWriter, NeverTouchesAnExistingFileUnasked) {
    const TemporaryFile file("existing.h5");
    testing::write_bytes(file, "precious");
    try {
        DatasetWriter writer(file.path(), IfExists::refuse, {});
        FAIL() << "expected a refusal";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
    }
    EXPECT_EQ(testing::read_bytes(file), "precious");
}

TEST(DatasetWriter, RefusesSamplesThatNoReaderWouldAccept) {
    const TemporaryFile file("inconsistent.h5");
    const Samples samples = testing::random_samples(2);
    DatasetWriter writer(file.path(), IfExists::refuse, {});
    PocketGraph pocket = samples.pockets[0];
    pocket.columns[0] = 200;
    EXPECT_THROW(writer.add(pocket), Error);
    LigandGraph ligand = samples.ligands[0];
    ligand.columns.pop_back();
    EXPECT_THROW(writer.add(ligand), Error);
    writer.add(samples.pockets[0]);
    writer.add(samples.ligands[0]);
    Measurement row;
    row.pocket = 0;
    row.ligand = 1;
    EXPECT_THROW(writer.add(row), Error) << "there is one ligand, so index 1 is outside";
    row.ligand = 0;
    row.pk = std::numeric_limits<float>::quiet_NaN();
    EXPECT_THROW(writer.add(row), Error);
    row.pk = 6;
    row.assay = 0;
    EXPECT_THROW(writer.add(row), Error) << "there is no name yet";
    row.assay = -1;
    EXPECT_NO_THROW(writer.add(row));
    row.pose_in_pocket.resize(samples.ligands[0].atoms() + 1);
    EXPECT_THROW(writer.add(row), Error) << "a pose has one position per atom of its ligand";
}

/// Writes under a file size limit and leaves with the error's exit code, through the usual exit handlers.
[[noreturn]] void write_with_limit(const Samples& samples, const std::filesystem::path& path, rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, bytes};
    setrlimit(RLIMIT_FSIZE, &limit);
    int code = 0;
    try {
        testing::write(samples, path);
    } catch (const Error& error) {
        code = exit_code(error.kind());
    }
    if (std::filesystem::exists(path) || std::filesystem::exists(part_path(path))) code = 100;
    std::exit(code);
}

TEST(DatasetWriterDeathTest, FailsWithCode74AndLeavesNothingWhenTheFileMayNotGrow) {
    const Samples samples = testing::random_samples(5, 5, 400, 3000);
    const TemporaryFile file("limited.h5");
    testing::write(samples, file);
    const auto size = std::filesystem::file_size(file);
    std::filesystem::remove(file);
    for (const double share : {0.0, 0.01, 0.1, 0.3, 0.5, 0.8, 0.95, 0.9999}) {
        const auto limit = static_cast<rlim_t>(share * static_cast<double>(size));
        EXPECT_EXIT(write_with_limit(samples, file, limit), ::testing::ExitedWithCode(74), "") << share;
    }
    EXPECT_EXIT(write_with_limit(samples, file, size), ::testing::ExitedWithCode(100), "")
        << "it fits exactly";
    std::filesystem::remove(file);
}

TEST(DatasetWriter, FailsWithCode74OnAFullDisk) {
    const auto folder = std::filesystem::temp_directory_path() / ("keyway_tmpfs_" + std::to_string(getpid()));
    std::filesystem::create_directories(folder);
    if (mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=1m") != 0) {
        std::filesystem::remove(folder);
        GTEST_SKIP() << "mounting a small tmpfs needs root; the file size limit is tested instead";
    }
    try {
        testing::write(testing::random_samples(5, 5, 1500, 3000), folder / "full.h5");
        ADD_FAILURE() << "expected a full disk";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::output) << error.what();
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder));
    umount2(folder.c_str(), MNT_DETACH);
    std::filesystem::remove(folder);
}

TEST(DatasetWriter, MakesFilesThatH5pyReads) {
    if (std::system("/usr/bin/python3 -c 'import h5py' 2>/dev/null") != 0)
        GTEST_SKIP() << "h5py cannot be imported by /usr/bin/python3 (apt install python3-h5py)";
    const Samples samples = testing::random_samples(9);
    const TemporaryFile file("python.h5"), answer("python.txt");
    testing::write(samples, file);
    const std::string script =
        "import h5py, sys\n"
        "f = h5py.File(sys.argv[1])\n"
        "cut = f['ligands/smiles_offsets'][3:5]\n"
        "print(bytes(f['ligands/smiles'][cut[0]:cut[1]]).decode())\n"
        "print(f.attrs['schema_version'], f.attrs['content_sha256'].decode(), "
        "f['pockets/position_in_pocket'].shape[1],"
        " f['ligands/columns'].attrs['column_names'].decode().split(',')[0], "
        "f['measurements/pk'].fillvalue)\n";
    const TemporaryFile program("python.py");
    testing::write_bytes(program, script);

    const std::string command = "/usr/bin/python3 '" + program.path().string() + "' '" +
                                file.path().string() + "' > '" + answer.path().string() + "'";
    ASSERT_EQ(std::system(command.c_str()), 0);

    EXPECT_EQ(testing::read_bytes(answer), samples.ligands[3].smiles + "\n1 " +
                                               DatasetReader(file.path()).passport().content_sha256 +
                                               " 3 element nan\n");
}

}  // namespace
}  // namespace keyway::store
