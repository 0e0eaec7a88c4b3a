/// Receptors from the command line and from tables.
#include "receptor_set.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace keyway::apps {
namespace po = boost::program_options;
namespace fs = std::filesystem;
namespace {

/// "data/AKT1_w1.pdb.gz" -> "AKT1_w1".
std::string name_of_file(const fs::path& file) {
    fs::path name = file.filename();
    if (name.extension() == ".gz") name = name.stem();
    return name.stem().string();
}

bool has_site(const ReceptorFlags& flags) {
    return !flags.autobox_ligand.empty() || !flags.site_ligand.empty() || !flags.pocket_residues.empty() ||
           !flags.center.empty() || !flags.size.empty() || !flags.pocket_id.empty();
}

/// Names head columns and stand in files: one line, no separators.
void check_name(const std::string& name, const std::string& where) {
    const bool is_bad = name.empty() || std::any_of(name.begin(), name.end(), [](unsigned char c) {
                            return c < 0x20 || c == 0x7f || c == '/';
                        });
    if (is_bad)
        throw Error(ErrorKind::usage, fmt::format("{}cannot name a receptor '{}'", where, name),
                    "a name has at least one character, no / and no control characters");
}

/// The row of the table as flags; what it leaves open is as on the command line.
ReceptorEntry entry_of_row(const TableReader& row, const ReceptorSetFlags& set) {
    const auto field = [&](std::string_view column) { return std::string(row[column]); };
    const auto beside = [&](const std::string& text) {
        const fs::path path(text);
        return text.empty() || path.is_absolute() ? text
                                                  : (fs::path(set.table).parent_path() / path).string();
    };
    ReceptorEntry entry{field("name"), {}};
    ReceptorFlags& flags = entry.flags;
    flags.receptor = beside(field("receptor"));
    flags.pocket_id = field("pocket");
    flags.autobox_ligand = beside(field("autobox_ligand"));
    flags.site_ligand = field("site_ligand");
    flags.pocket_residues = field("pocket_residues");
    flags.center = field("center");
    flags.size = field("size");
    if (!has_site(flags)) flags = set.shared;
    flags.receptor = beside(field("receptor"));
    flags.keep_het = set.shared.keep_het;
    flags.drop_het = set.shared.drop_het;
    const std::string where = fmt::format("{}, line {}: ", set.table, row.line_number());
    if (flags.receptor.empty())
        throw Error(ErrorKind::input, where + "the column 'receptor' is empty", "expected a structure file");
    if (entry.name.empty()) entry.name = name_of_file(flags.receptor);
    check_name(entry.name, where);
    return entry;
}

/// A misspelt column would be a site that nobody looks at.
void check_columns(const TableReader& table) {
    table.require({"receptor"});
    static const std::set<std::string, std::less<>> kKnown = {
        "name", "receptor", "autobox_ligand", "site_ligand", "pocket_residues", "center", "size", "pocket"};
    for (const auto& column : table.columns())
        if (kKnown.count(column) == 0)
            throw Error(ErrorKind::input,
                        fmt::format("'{}' has an unknown column '{}'", table.name(), column),
                        fmt::format("expected some of {}", fmt::join(kKnown, ", ")));
}

}  // namespace

void add_receptor_set_options(CommandLine& line, ReceptorSetFlags& flags) {
    auto options = line.group("Receptor and site").add_options();
    options(
        "receptor,r", po::value(&flags.receptors)->value_name("FILE"),
        "protein: PDB or mmCIF, plain or .gz; or an HDF5 dataset with --pocket; may be repeated (the site "
        "options hold for each)");
    options("receptors", po::value(&flags.table)->value_name("TABLE"),
            "many: CSV or TSV with receptor, name and one column for the site (see below)");
    add_site_options(line, flags.shared);
}

std::string receptor_table_help() {
    return "Table of receptors: `receptor` is a structure file (relative paths start at the table), `name` "
           "what the results call it (else the file name), and the site is in one of autobox_ligand, "
           "site_ligand, pocket_residues, center (and size), written as for the options of these names, or "
           "pocket for an HDF5 dataset. A row without a site takes that of the command line, if any.\n\n";
}

std::vector<ReceptorEntry> receptor_entries(const ReceptorSetFlags& set) {
    std::vector<ReceptorEntry> entries;
    if (!set.table.empty() && !set.receptors.empty())
        throw Error(ErrorKind::usage, "option '--receptors' goes without -r",
                    "the table names the receptors");
    for (const auto& file : set.receptors) {
        entries.push_back({name_of_file(file), set.shared});
        entries.back().flags.receptor = file;
        check_name(entries.back().name, "");
    }
    if (!set.table.empty()) {
        TableReader table{fs::path(set.table)};
        check_columns(table);
        while (table.next()) entries.push_back(entry_of_row(table, set));
        if (entries.empty())
            throw Error(ErrorKind::input, fmt::format("no receptors in '{}'", set.table),
                        "expected a row for each below the header");
    }
    if (entries.empty())
        throw Error(ErrorKind::usage, "option '--receptor' is missing", "-r FILE: the protein, PDB or mmCIF");
    std::set<std::string> names;
    for (const auto& entry : entries)
        if (!names.insert(entry.name).second)
            throw Error(ErrorKind::usage, fmt::format("two receptors are named '{}'", entry.name),
                        "give them names of their own in a table: --receptors TABLE");
    return entries;
}

std::vector<workflows::PreparedPocket> read_pockets(const std::vector<ReceptorEntry>& entries,
                                                    const PocketDefinition& definition, LogSink& log) {
    std::vector<workflows::PreparedPocket> pockets;
    for (const auto& entry : entries) {
        try {
            pockets.push_back(read_pocket(entry.flags, definition));
        } catch (const Error& error) {
            if (entries.size() == 1) throw;
            throw Error(error.kind(), fmt::format("receptor '{}': {}", entry.name, error.what()),
                        error.hint());
        }
        if (entries.size() > 1) log.info(fmt::format("receptor {}", entry.name));
        describe_pocket(pockets.back(), log);
    }
    return pockets;
}

void add_pockets(RunRecord& record, const std::vector<ReceptorEntry>& entries,
                 const std::vector<workflows::PreparedPocket>& pockets, const model::Passport& passport) {
    record.add("model", passport.name);
    record.add("weights_sha256", passport.weights_sha256);
    record.add("pocket_definition", passport.pocket.to_text());
    std::vector<std::string> receptors;
    for (std::size_t i = 0; i < entries.size(); ++i)
        receptors.push_back(
            fmt::format("{}: {}, {}", entries[i].name, pockets[i].site, pockets[i].describe()));
    record.add("receptors", receptors);
}

}  // namespace keyway::apps
