/// The rules hold in this repository.
#include "lint/rules.hpp"

#include <gmock/gmock.h>

namespace keyway::lint {
namespace {

using ::testing::IsEmpty;

const std::vector<SourceFile>& sources() {
    static const std::vector<SourceFile> files = read_sources(KEYWAY_SOURCE_DIR);
    return files;
}

TEST(Tree, HasSources) { EXPECT_GT(sources().size(), 50U); }

TEST(Tree, KeepsTheArrows) { EXPECT_THAT(check_arrows(sources()), IsEmpty()); }

TEST(Tree, KeepsThirdPartyLibrariesAtHome) { EXPECT_THAT(check_third_party_homes(sources()), IsEmpty()); }

TEST(Tree, NeitherPrintsNorExitsOutsideThePrograms) { EXPECT_THAT(check_silence(sources()), IsEmpty()); }

TEST(Tree, HasMessagesOfOneForm) { EXPECT_THAT(check_error_messages(sources()), IsEmpty()); }

TEST(Tree, HasFilesOfOneForm) { EXPECT_THAT(check_file_form(sources()), IsEmpty()); }

}  // namespace
}  // namespace keyway::lint
