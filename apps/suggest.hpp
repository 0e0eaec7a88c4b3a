/// "did you mean ...?": the nearest name to a mistyped one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace keyway::apps {

/// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`.
int edit_distance(std::string_view a, std::string_view b);

/// The candidate within two edits, or the only one that starts with `name` (three letters or more); else
/// empty.
std::string nearest(std::string_view name, std::span<const std::string> candidates);

}  // namespace keyway::apps
