/// Which keyway this is; written into every file that keyway makes.
#pragma once

#include <string_view>

namespace keyway {

/// "0.1.0", from `project(VERSION)`.
std::string_view version();
/// First 12 digits of the commit at configure time, with "+" when files were changed; empty outside a git
/// checkout.
std::string_view git_commit();

}  // namespace keyway
