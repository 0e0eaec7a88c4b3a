/// Versions for `--version -v`, `doctor` and run.json.
#include "versions.hpp"

#include "keyway/core/version.hpp"

#ifdef KEYWAY_WITH_CHEMISTRY
#include "keyway/chem/read_ligand.hpp"
#endif

#include <boost/version.hpp>
#include <fmt/format.h>

namespace keyway::apps {

std::vector<std::pair<std::string, std::string>> library_versions() {
    std::vector<std::pair<std::string, std::string>> versions;
    versions.emplace_back("keyway", git_commit().empty() ? std::string(version())
                                                         : fmt::format("{} ({})", version(), git_commit()));
    versions.emplace_back("compiler", KEYWAY_COMPILER);
    versions.emplace_back("build type", KEYWAY_BUILD_TYPE);
#ifdef KEYWAY_WITH_CHEMISTRY
    versions.emplace_back("RDKit", chem::rdkit_version());
    versions.emplace_back("gemmi", KEYWAY_GEMMI_VERSION);
#else
    versions.emplace_back("chemistry", "not built (KEYWAY_CHEMISTRY=OFF)");
#endif
    versions.emplace_back("HDF5", KEYWAY_HDF5_VERSION);
    versions.emplace_back("MPI", KEYWAY_MPI_VERSION);
    versions.emplace_back("Boost", fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000,
                                               BOOST_VERSION % 100));
    return versions;
}

std::string all_versions() {
    std::string out;
    for (const auto& [name, version] : library_versions()) out += fmt::format("{:<12} {}\n", name, version);
    return out;
}

}  // namespace keyway::apps
