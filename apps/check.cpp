/// `keyway check`: what would be read, dropped and changed; no model is loaded.
#include "keyway/workflows/check.hpp"

#include "command_line.hpp"
#include "input_options.hpp"
#include "results_summary.hpp"
#include "terminal.hpp"
#include "verbs.hpp"

#include "keyway/chem/structure.hpp"
#include "keyway/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <map>

namespace keyway::apps {
namespace po = boost::program_options;
namespace {

/// "  4 x nucleotide" lines of a structure, then the pocket. Returns false if the pocket cannot be cut.
bool check_receptor(const ReceptorFlags& flags, LogSink& log) {
    if (workflows::is_hdf5_file(flags.receptor)) {
        const auto pocket = read_pocket(flags, PocketDefinition{});
        std::cout << fmt::format("{}: {}\n", pocket.site, pocket.describe());
        return true;
    }
    const chem::Structure structure = chem::read_structure(flags.receptor);
    std::map<std::string, int> chains, others;
    int amino_acids = 0;
    for (const auto& residue : structure.residues) {
        if (residue.kind == chem::ResidueKind::amino_acid) {
            ++amino_acids;
            ++chains[residue.chain];
        } else {
            ++others[residue.name];
        }
    }
    std::cout << fmt::format("structure {}: {} amino acids in {} chain{}\n", flags.receptor, amino_acids,
                             chains.size(), chains.size() == 1 ? "" : "s");
    for (const auto& [chain, count] : chains) std::cout << fmt::format("  chain {}: {}\n", chain, count);
    for (const auto& [name, count] : others) std::cout << fmt::format("  {} x {}\n", count, name);
    for (const auto& note : structure.notes) std::cout << "  note: " << printable(note) << '\n';
    const auto candidates = chem::candidate_ligands(structure);
    std::cout << fmt::format("  ligands that can mark a site: {}\n",
                             candidates.empty() ? "none" : fmt::format("{}", fmt::join(candidates, ", ")));
    if (!chosen_site(flags) && candidates.size() != 1) {
        log.info(
            "no site is given: the pocket is not checked (--site-ligand, --autobox-ligand, "
            "--pocket-residues, --center)");
        return true;
    }
    try {
        const auto pocket = read_pocket(flags, PocketDefinition{});
        std::cout << fmt::format("pocket: {}\n  {}\n  {}\n", pocket.site, pocket.describe(),
                                 fmt::join(pocket.graph.residue_labels, " "));
        for (std::size_t i = structure.notes.size(); i < pocket.notes.size(); ++i)
            std::cout << "  note: " << printable(pocket.notes[i]) << '\n';
        return true;
    } catch (const Error& error) {
        std::cout << fmt::format("pocket: not usable: {}\n", error.what());
        if (!error.hint().empty()) std::cout << fmt::format("  hint: {}\n", error.hint());
        return false;
    }
}

void print_counts(const std::map<std::string, std::uint64_t>& counts, const workflows::LigandCheck& check) {
    for (const auto& [what, count] : counts)
        std::cout << fmt::format("  {:>8}  {}\n            first: {}\n", count, printable(what),
                                 printable(check.first_example.at(what)));
}

void print(const std::filesystem::path& path, const workflows::LigandCheck& check) {
    std::cout << fmt::format("ligands {}: {} records, {} ok, {} rejected\n", path.string(), check.read,
                             check.ok, check.rejected);
    if (check.ok > 0)
        std::cout << fmt::format("  {} to {} heavy atoms; {} record{} the same molecule as an earlier one\n",
                                 check.fewest_heavy_atoms, check.most_heavy_atoms, check.repeated,
                                 check.repeated == 1 ? " is" : "s are");
    if (!check.rejected_by_reason.empty()) std::cout << "  rejected:\n";
    print_counts(check.rejected_by_reason, check);
    if (!check.changed_by_note.empty()) std::cout << "  changed:\n";
    print_counts(check.changed_by_note, check);
}

}  // namespace

int run_check(std::span<const std::string> arguments) {
    CommandLine line(
        "check",
        "Read structures and ligands as `screen` would, without a model, and say what is dropped or changed.",
        {"keyway check -r 1hpv.pdb -l library.smi", "keyway check -l vendor.sdf.gz"});
    ReceptorFlags receptor;
    LigandFlags ligand;
    int threads = 0;
    bool strict = false;
    add_receptor_options(line, receptor);
    add_ligand_options(line, ligand);
    line.group("Compute").add_options()("threads,t", po::value(&threads)->value_name("N")->default_value(0),
                                        "0: all cores");
    line.group("Output").add_options()("strict", po::bool_switch(&strict),
                                       "exit 3 if any record would be rejected");
    line.positional("ligands");
    line.epilogue(
        "Exit codes: 0 usable, 2 wrong usage, 3 not usable: a pocket that cannot be cut, or no ligand that "
        "can be read.");
    if (!line.parse(arguments)) return 0;
    if (receptor.receptor.empty() && ligand.ligands.empty())
        throw Error(ErrorKind::usage, "nothing to check", "a structure with -r, ligands with -l, or both");

    const Context context = line.context();
    workflows::ScreenOptions options;
    apply(ligand, options);
    options.threads = threads;
    for (const auto& path : options.ligands) check_input_file(path, "--ligands");
    bool is_usable = receptor.receptor.empty() || check_receptor(receptor, context.log);
    for (const auto& path : options.ligands) {
        const auto check = workflows::check_ligands(path, options, context);
        print(path, check);
        if (check.interrupted)
            throw Error(ErrorKind::interrupted, fmt::format("interrupted after {} records", check.read));
        is_usable = is_usable && check.ok > 0 && !(strict && check.rejected > 0);
    }
    return is_usable ? 0 : exit_code(ErrorKind::input);
}

}  // namespace keyway::apps
