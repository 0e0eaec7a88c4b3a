/// The rules of the house that a compiler does not know. Each returns its findings over all sources.
#pragma once

#include "lint/source_file.hpp"

namespace keyway::lint {

/// A module includes only modules that the table in include_rules.cpp allows, and no private header but its
/// own.
Findings check_arrows(const std::vector<SourceFile>& files);
/// Each third-party library is included in its home only; fmt and spdlog never beside LibTorch.
Findings check_third_party_homes(const std::vector<SourceFile>& files);

/// Nothing outside apps/ and tests/ prints, exits or aborts.
Findings check_silence(const std::vector<SourceFile>& files);
/// Messages of Error: lower case start (abbreviations and names may stay), no full stop. Reason codes:
/// UPPER_CASE.
Findings check_error_messages(const std::vector<SourceFile>& files);
/// First line `/// what this is`, `#pragma once` in headers, no notes to self, at most `max_lines` lines.
Findings check_file_form(const std::vector<SourceFile>& files, int max_lines = 500);

}  // namespace keyway::lint
