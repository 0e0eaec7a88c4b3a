/// Text records to graphs: the chemistry of one record, and many records in child processes.
#pragma once

#include "ligand_source.hpp"

#include "keyway/chem/ligand_file.hpp"
#include "keyway/chem/read_ligand.hpp"
#include "keyway/workflows/record_guard.hpp"

#include <span>
#include <vector>

namespace keyway::workflows {

struct PrepareOptions {
    chem::LigandOptions ligand;
    WithMolBlock with_mol_block = WithMolBlock::no;
};

/// In this process. Fills everything that the chemistry decides: graph, notes, mol_block, times. Throws
/// nothing but std::bad_alloc.
PreparedLigand prepare_record(const chem::LigandRecord& record, const PrepareOptions& options);

/// The same for many records, as `guard` says; never throws for a record. In order.
std::vector<PreparedLigand> prepare_records(std::span<const chem::LigandRecord> records,
                                            const PrepareOptions& options, const RecordGuard& guard);

/// Call before other threads exist and before the network is loaded: makes the process from which the
/// children are forked, while it is small. Warms RDKit up first.
void start_preparing(const RecordGuard& guard);

/// The record in the form of its file, so that it can be mended and run again.
std::string as_it_came(const chem::LigandRecord& record, const Rejection& why);

}  // namespace keyway::workflows
