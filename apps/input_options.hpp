/// Options that several verbs share: receptor and site, ligand files, how ligands are standardised.
#pragma once

#include "command_line.hpp"

#include "keyway/core/pocket_definition.hpp"
#include "keyway/workflows/prepare_pocket.hpp"
#include "keyway/workflows/screen.hpp"

#include <string>
#include <vector>

namespace keyway::apps {

/// Where the protein is and which part of it.
struct ReceptorFlags {
    std::string receptor, pocket_id;
    std::string autobox_ligand, site_ligand, pocket_residues, center, size;
    std::string keep_het, drop_het;
};
void add_receptor_options(CommandLine& line, ReceptorFlags& flags);
/// The same without --receptor.
void add_site_options(CommandLine& line, ReceptorFlags& flags);

/// Reads the receptor and cuts the pocket. Throws Error(usage) for contradicting flags.
workflows::PreparedPocket read_pocket(const ReceptorFlags& flags, const PocketDefinition& definition);

#ifdef KEYWAY_WITH_CHEMISTRY
/// Empty where no flag names a site.
std::optional<chem::Site> chosen_site(const ReceptorFlags& flags);
chem::HetPolicy het_policy(const ReceptorFlags& flags);
#endif

/// What one record may cost.
struct GuardFlags {
    workflows::RecordGuard guard;
    std::string isolation = "process";
};
void add_guard_options(CommandLine& line, GuardFlags& flags);
/// Throws Error(usage) for impossible limits.
workflows::RecordGuard record_guard(const GuardFlags& flags);

struct LigandFlags {
    std::vector<std::string> ligands;
    bool keep_fragments = false, keep_charges = false, no_header = false;
    int max_heavy_atoms = 150;
    std::string format, smiles_column, id_column, id_tag;
    GuardFlags guard;
};
void add_ligand_options(CommandLine& line, LigandFlags& flags);
/// The same without --ligands.
void add_ligand_reading_options(CommandLine& line, LigandFlags& flags);
/// Fills `ligands`, `ligand` and `ligand_file`.
void apply(const LigandFlags& flags, workflows::ScreenOptions& options);

struct ComputeFlags {
    std::vector<std::string> models{"fast"};  ///< several: an ensemble
    std::string device = "auto", precision = "fp32";
    int threads = 0, batch_size = 64;
};
void add_compute_options(CommandLine& line, ComputeFlags& flags);
/// `--model`, which may be repeated.
void add_models_option(CommandLine& line, std::vector<std::string>& models);
/// Resolves the names into the options' `model` and `ensemble`. Throws Error(usage, input) for one that is
/// not there.
void apply(const std::vector<std::string>& models, std::string& first, std::vector<std::string>& further);
/// The same without --model.
void add_device_options(CommandLine& line, ComputeFlags& flags);
model::Precision precision_of(const ComputeFlags& flags);

/// One line on the pocket, then its notes at debug level.
void describe_pocket(const workflows::PreparedPocket& pocket, LogSink& log);

}  // namespace keyway::apps
