/// One or many receptors of `screen`: repeated -r, or a table of names, structures and sites.
#pragma once

#include "input_options.hpp"
#include "run_record.hpp"

#include "keyway/model/passport.hpp"

#include <string>
#include <vector>

namespace keyway::apps {

struct ReceptorSetFlags {
    ReceptorFlags shared;  ///< site and policies that hold where a receptor has no own; `receptor` is unused
    std::vector<std::string> receptors;
    std::string table;
};
void add_receptor_set_options(CommandLine& line, ReceptorSetFlags& flags);
/// Columns of the table, for `--help`.
std::string receptor_table_help();

/// One receptor and where its site comes from.
struct ReceptorEntry {
    std::string name;  ///< of the result column: from the table, else the file name without its endings
    ReceptorFlags flags;
};
/// Throws Error(usage) where there is none, a name is there twice or a row contradicts itself, Error(input)
/// for an unreadable table. Relative paths of a table start at its folder.
std::vector<ReceptorEntry> receptor_entries(const ReceptorSetFlags& flags);

/// Cuts the pocket of each and says so; an error names the receptor where there are several.
std::vector<workflows::PreparedPocket> read_pockets(const std::vector<ReceptorEntry>& entries,
                                                    const PocketDefinition& definition, LogSink& log);

/// Name, site and size of each.
void add_pockets(RunRecord& record, const std::vector<ReceptorEntry>& entries,
                 const std::vector<workflows::PreparedPocket>& pockets, const model::Passport& passport);

}  // namespace keyway::apps
