/// Shared options and what they fill.
#include "input_options.hpp"

#include "option_values.hpp"
#include "results_summary.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>

namespace keyway::apps {
namespace po = boost::program_options;

void add_receptor_options(CommandLine& line, ReceptorFlags& flags) {
    line.group("Receptor and site")
        .add_options()("receptor,r", po::value(&flags.receptor)->value_name("FILE"),
                       "protein: PDB or mmCIF, plain or .gz; or an HDF5 dataset with --pocket");
    add_site_options(line, flags);
}

void add_site_options(CommandLine& line, ReceptorFlags& flags) {
    auto site = line.group("Receptor and site").add_options();
    site("autobox-ligand", po::value(&flags.autobox_ligand)->value_name("FILE"),
         "the site is around this ligand (SDF, MOL2, PDB; coordinates only)");
    site("site-ligand", po::value(&flags.site_ligand)->value_name("NAME[:CHAIN[:NUMBER]]"),
         "the site is around this ligand of the structure, which is taken out");
    site("pocket-residues", po::value(&flags.pocket_residues)->value_name("LIST"),
         "the site is these residues: A:25,A:60A");
    site("center", po::value(&flags.center)->value_name("X,Y,Z"), "the site is around this point [A]");
    auto rare_site = line.group("Receptor and site", CommandLine::in_full_help_only).add_options();
    rare_site("size", po::value(&flags.size)->value_name("A,B,C"),
              "with --center: a box with these edges [A]");
    rare_site("pocket", po::value(&flags.pocket_id)->value_name("ID"), "which pocket of an HDF5 dataset");
    rare_site("keep-het", po::value(&flags.keep_het)->value_name("NAMES"),
              "keep these residues in the pocket though the model's policy drops them: HOH,SO4");
    rare_site("drop-het", po::value(&flags.drop_het)->value_name("NAMES"),
              "drop these though the policy keeps them: ZN,NAD");
}

void add_ligand_options(CommandLine& line, LigandFlags& flags) {
    line.group("Ligands").add_options()(
        "ligands,l", po::value(&flags.ligands)->value_name("FILE"),
        "SMILES, CSV, TSV, SDF, MOL2, plain or .gz, an HDF5 library, or - for stdin; may be repeated");
    add_ligand_reading_options(line, flags);
}

void add_ligand_reading_options(CommandLine& line, LigandFlags& flags) {
    auto rare_input = line.group("Ligands", CommandLine::in_full_help_only).add_options();
    rare_input("ligand-format", po::value(&flags.format)->value_name("FORMAT"),
               "smiles, table, sdf or mol2; else told from name and content");
    rare_input("smiles-column", po::value(&flags.smiles_column)->value_name("NAME"),
               "tables: column with the SMILES");
    rare_input("id-column", po::value(&flags.id_column)->value_name("NAME"), "tables: column with the id");
    rare_input("id-tag", po::value(&flags.id_tag)->value_name("NAME"),
               "SDF: data item with the id where the title is empty");
    rare_input("no-header", po::bool_switch(&flags.no_header),
               "SMILES files and tables: the first line is a record");
    rare_input("keep-fragments", po::bool_switch(&flags.keep_fragments),
               "keep salts and mixtures whole, not the largest fragment");
    rare_input("keep-charges", po::bool_switch(&flags.keep_charges),
               "keep charges as written, do not neutralise");
    rare_input("max-heavy-atoms", po::value(&flags.max_heavy_atoms)->value_name("N")->default_value(150),
               "larger ligands are rejected (TOO_LARGE)");
    add_guard_options(line, flags.guard);
}

void add_guard_options(CommandLine& line, GuardFlags& flags) {
    auto rare = line.group("Ligands", CommandLine::in_full_help_only).add_options();
    rare("max-record-seconds", po::value(&flags.guard.max_seconds)->value_name("S")->default_value(20, "20"),
         "a text record that takes more processor time is rejected (TIMEOUT)");
    rare("max-record-memory", po::value(&flags.guard.max_memory_mb)->value_name("MB")->default_value(2048),
         "and one that needs more memory (OUT_OF_MEMORY)");
    rare("isolation", po::value(&flags.isolation)->value_name("HOW")->default_value("process"),
         "process: records are read in child processes, so that one which crashes costs its own row "
         "(WORKER_CRASHED); none: in this process, without these two limits");
}

workflows::RecordGuard record_guard(const GuardFlags& flags) {
    workflows::RecordGuard guard = flags.guard;
    guard.isolation = parse_choice<workflows::Isolation>(
        "isolation", flags.isolation,
        {{"process", workflows::Isolation::process}, {"none", workflows::Isolation::none}});
    guard.check();
    return guard;
}

void add_compute_options(CommandLine& line, ComputeFlags& flags) {
    add_models_option(line, flags.models);
    add_device_options(line, flags);
}

void add_models_option(CommandLine& line, std::vector<std::string>& models) {
    line.group("Model").add_options()(
        "model,m", po::value(&models)->value_name("MODEL")->default_value({"fast"}, "fast"),
        "name of an installed model, or a weights file; several, each with -m: their mean");
}

void apply(const std::vector<std::string>& models, std::string& first, std::vector<std::string>& further) {
    further.clear();
    for (const auto& name : models) {
        further.push_back(model::resolve_model(name).string());
        check_input_file(further.back(), "--model");
    }
    first = further.front();
    further.erase(further.begin());
}

void add_device_options(CommandLine& line, ComputeFlags& flags) {
    line.group("Compute").add_options()("threads,t",
                                        po::value(&flags.threads)->value_name("N")->default_value(0),
                                        "0: all cores; results do not depend on it");
    auto rare_compute = line.group("Compute", CommandLine::in_full_help_only).add_options();
    rare_compute("device", po::value(&flags.device)->value_name("DEVICE")->default_value("auto"),
                 "auto, cpu, cuda or cuda:K");
    rare_compute("precision", po::value(&flags.precision)->value_name("NAME")->default_value("fp32"),
                 "fp32, or bf16: faster on CPUs with AVX512-BF16; scores move by about 0.001 pK or less");
    rare_compute("batch-size,b", po::value(&flags.batch_size)->value_name("N")->default_value(64),
                 "ligands scored together; results do not depend on it");
}

model::Precision precision_of(const ComputeFlags& flags) {
    return parse_choice<model::Precision>(
        "precision", flags.precision, {{"fp32", model::Precision::fp32}, {"bf16", model::Precision::bf16}});
}

void apply(const LigandFlags& flags, workflows::ScreenOptions& options) {
    options.ligands.assign(flags.ligands.begin(), flags.ligands.end());
    options.guard = record_guard(flags.guard);
#ifdef KEYWAY_WITH_CHEMISTRY
    if (flags.max_heavy_atoms < 1)
        throw Error(ErrorKind::usage,
                    fmt::format("option '--max-heavy-atoms' cannot take '{}'", flags.max_heavy_atoms),
                    "expected 1 or more");
    options.ligand.largest_fragment = !flags.keep_fragments;
    options.ligand.neutralise = !flags.keep_charges;
    options.ligand.max_heavy_atoms = flags.max_heavy_atoms;
    if (!flags.format.empty())
        options.ligand_file.format = parse_choice<chem::LigandFormat>("ligand-format", flags.format,
                                                                      {{"smiles", chem::LigandFormat::smiles},
                                                                       {"table", chem::LigandFormat::table},
                                                                       {"sdf", chem::LigandFormat::sdf},
                                                                       {"mol2", chem::LigandFormat::mol2}});
    options.ligand_file.smiles_column = flags.smiles_column;
    options.ligand_file.id_column = flags.id_column;
    options.ligand_file.id_tag = flags.id_tag;
    if (flags.no_header) options.ligand_file.header = false;
#endif
}

void describe_pocket(const workflows::PreparedPocket& pocket, LogSink& log) {
    log.info(fmt::format("pocket: {}, {}", pocket.site, pocket.describe()));
    for (const auto& note : pocket.notes) log.info("  " + note);
}

#ifdef KEYWAY_WITH_CHEMISTRY

std::optional<chem::Site> chosen_site(const ReceptorFlags& flags) {
    std::vector<std::string> given;
    for (const auto& [name, text] : {std::pair{"--autobox-ligand", &flags.autobox_ligand},
                                     {"--site-ligand", &flags.site_ligand},
                                     {"--pocket-residues", &flags.pocket_residues},
                                     {"--center", &flags.center}})
        if (!text->empty()) given.emplace_back(name);
    if (given.size() > 1)
        throw Error(ErrorKind::usage,
                    fmt::format("the site is given {} times: {}", given.size(), fmt::join(given, ", ")),
                    "keep one");
    if (!flags.size.empty() && flags.center.empty())
        throw Error(ErrorKind::usage, "option '--size' needs '--center'",
                    "a box has a centre: --center x,y,z --size a,b,c");
    if (!flags.autobox_ligand.empty()) return chem::site_from_ligand_file(flags.autobox_ligand);
    if (!flags.site_ligand.empty()) return chem::site_from_structure_ligand(flags.site_ligand);
    if (!flags.pocket_residues.empty()) return chem::site_from_residues(flags.pocket_residues);
    if (flags.center.empty()) return std::nullopt;
    const auto centre_angstrom = parse_triple("center", flags.center);
    if (flags.size.empty()) return chem::site_from_centre(centre_angstrom);
    const auto size_angstrom = parse_triple("size", flags.size);
    for (const double edge : size_angstrom)
        if (edge <= 0)
            throw Error(ErrorKind::usage, fmt::format("option '--size' cannot take '{}'", flags.size),
                        "expected three positive lengths in angstrom");
    return chem::site_from_box(centre_angstrom, size_angstrom);
}

chem::HetPolicy het_policy(const ReceptorFlags& flags) {
    return {split_commas(flags.keep_het), split_commas(flags.drop_het)};
}

#endif

workflows::PreparedPocket read_pocket(const ReceptorFlags& flags, const PocketDefinition& definition) {
    if (flags.receptor.empty())
        throw Error(ErrorKind::usage, "option '--receptor' is missing", "-r FILE: the protein, PDB or mmCIF");
    if (workflows::is_hdf5_file(flags.receptor)) {
        for (const auto* text : {&flags.autobox_ligand, &flags.site_ligand, &flags.pocket_residues,
                                 &flags.center, &flags.size, &flags.keep_het, &flags.drop_het})
            if (!text->empty())
                throw Error(ErrorKind::usage, "the pockets of an HDF5 dataset are cut already",
                            "choose one with --pocket ID and leave the site options out");
        return workflows::stored_pocket(flags.receptor, flags.pocket_id, definition);
    }
    if (!flags.pocket_id.empty())
        throw Error(
            ErrorKind::usage,
            fmt::format("option '--pocket' needs an HDF5 dataset, and '{}' is none", flags.receptor),
            "for a structure, name the site: --site-ligand, --autobox-ligand, --pocket-residues or --center");
#ifdef KEYWAY_WITH_CHEMISTRY
    return workflows::prepare_pocket(flags.receptor, chosen_site(flags), definition, het_policy(flags));
#else
    throw Error(ErrorKind::usage,
                fmt::format("'{}' is not an HDF5 dataset, and this keyway was built without chemistry",
                            flags.receptor),
                "make a dataset where RDKit is installed, or build with -DKEYWAY_CHEMISTRY=ON");
#endif
}

}  // namespace keyway::apps
