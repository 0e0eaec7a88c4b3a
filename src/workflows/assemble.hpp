/// Chunk files to one table: in input order, ranked, or the best few. Memory does not grow with the chunks.
#pragma once

#include "keyway/core/context.hpp"
#include "keyway/workflows/screen.hpp"

#include <filesystem>
#include <vector>

namespace keyway::workflows {

/// `chunks` are checked and in order; `options` says how the table looks and where it goes. Fills the counts,
/// `written`, `rows_written` and `rejected_file_written` of the summary. Incomplete: the table gets
/// `incomplete_name(out)`, and no file of rejected records is made. Throws Error(interrupted) once `stop`,
/// which may be null, is set: then no file has its final name.
enum class Completeness { complete, incomplete };
void assemble(const std::vector<std::filesystem::path>& chunks, const ScreenOptions& options,
              Completeness completeness, ScreenSummary& summary, const StopFlag* stop);

}  // namespace keyway::workflows
