/// Version and commit; CMake passes both to this file alone, so that a new commit recompiles nothing else.
#include "keyway/core/version.hpp"

namespace keyway {

std::string_view version() { return KEYWAY_VERSION; }

std::string_view git_commit() { return KEYWAY_GIT_COMMIT; }

}  // namespace keyway
