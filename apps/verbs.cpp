/// The one visible list of verbs, in the order of the help.
#include "verbs.hpp"

#include "dataset_verbs.hpp"
#include "learning_verbs.hpp"
#include "screening_verbs.hpp"
#include "verb.hpp"

namespace keyway::apps {
namespace {

constexpr Verb kVerbs[] = {
    {"screen", "Predict", "rank a library against a pocket", run_screen},
    {"score", "Predict", "one ligand, or a table of pairs, with contacts", run_score},
    {"merge", "Predict", "one table from the chunks of several processes", run_merge},
    {"status", "Predict", "how far a screen in chunks is", run_status},
    {"launch", "Predict", "scripts that spread a screen: Slurm, GNU parallel, Snakemake", run_launch},
    {"train", "Learn", "train a model on HDF5 datasets", run_train},
    {"pretrain", "Learn", "a start for train: guess hidden residues and atoms, no labels", run_pretrain},
    {"finetune", "Learn", "teach a model the measured compounds of one target", run_finetune},
    {"evaluate", "Learn", "measure a model beside its baselines", run_evaluate},
    {"dataset build", "Data", "PDBbind folders or assay tables to one HDF5 file", run_dataset_build},
    {"dataset split", "Data", "train, valid and test with homologs apart", run_dataset_split},
    {"dataset audit", "Data", "does the held-out side know the training side?", run_dataset_audit},
    {"dataset inspect", "Data", "what an HDF5 file holds", run_dataset_inspect},
    {"library build", "Data", "SMILES or SDF to a featurised HDF5 library", run_library_build},
    {"library encode", "Data", "vectors of a library, for screen --prefilter", run_library_encode},
    {"library inspect", "Data", "what a library holds", run_library_inspect},
    {"check", "Look", "what would be read, dropped and changed, without a model", run_check},
    {"inspect", "Look", "describe a weights file, a dataset or a results table", run_inspect},
    {"doctor", "Look", "versions, threads, devices and models, with advice", run_doctor},
};

}  // namespace

std::span<const Verb> verbs() { return kVerbs; }

}  // namespace keyway::apps
