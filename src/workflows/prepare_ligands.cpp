/// Parse and featurise, here or in child processes.
#include "prepare_ligands.hpp"

#include "byte_codec.hpp"
#include "isolated_pool.hpp"

#include "keyway/chem/write_ligand.hpp"
#include "keyway/core/error.hpp"
#include "keyway/features/features.hpp"

#include <fmt/format.h>

#include <chrono>
#include <new>

namespace keyway::workflows {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string joined_notes(const chem::Molecule& molecule) {
    std::string text = fmt::format("{}", fmt::join(molecule.notes, "; "));
    if (molecule.rung() == chem::Rung::clean) return text;
    return text + (text.empty() ? "" : "; ") + "read by " + std::string(chem::to_string(molecule.rung()));
}

// ---- over the wire ----

std::string encoded(const chem::LigandRecord& record, const PrepareOptions& options) {
    return ByteWriter()
        .add(options.ligand)
        .add(options.with_mol_block)
        .add(record.format)
        .add(record.id)
        .add(record.text)
        .take();
}

std::string encoded(const PreparedLigand& prepared) {
    ByteWriter out;
    out.add(prepared.parse_seconds).add(prepared.feature_seconds).add(prepared.graph.ok());
    if (prepared.graph) {
        const LigandGraph& graph = prepared.graph.value();
        out.add(graph.smiles).add(graph.columns).add(graph.bonds).add(graph.bond_types).add(graph.stereo);
        out.add(graph.fingerprint).add(prepared.notes).add(prepared.mol_block);
    } else {
        const Rejection& why = prepared.graph.rejection();
        out.add(why.stage).add(why.reason).add(why.message);
    }
    return out.take();
}

/// Checks what it reads: a worker may die with its memory in disorder.
PreparedLigand decoded(std::string_view bytes, const chem::LigandRecord& record) {
    ByteReader in(bytes);
    PreparedLigand prepared(Rejection{});
    unsigned char is_good = 0;
    in.get(prepared.parse_seconds).get(prepared.feature_seconds).get(is_good);
    if (is_good != 0) {
        LigandGraph graph;
        graph.id = record.id;
        in.get(graph.smiles).get(graph.columns).get(graph.bonds).get(graph.bond_types).get(graph.stereo);
        in.get(graph.fingerprint).get(prepared.notes).get(prepared.mol_block);
        graph.check();
        prepared.graph = std::move(graph);
    } else {
        Rejection why;
        in.get(why.stage).get(why.reason).get(why.message);
        prepared.graph = std::move(why);
    }
    return prepared;
}

/// In the child.
std::string answer(std::string_view request) {
    static_assert(std::is_trivially_copyable_v<chem::LigandOptions>);
    PrepareOptions options;
    chem::LigandRecord record;
    ByteReader(request)
        .get(options.ligand)
        .get(options.with_mol_block)
        .get(record.format)
        .get(record.id)
        .get(record.text);
    return encoded(prepare_record(record, options));
}

/// One for the whole process: what a request needs goes with it.
IsolatedPool& pool() {
    static IsolatedPool pool(answer);
    return pool;
}

PreparedLigand refused(std::string reason, std::string message) {
    return PreparedLigand(Rejection{"parse", std::move(reason), std::move(message)});
}

PreparedLigand understood(const IsolatedAnswer& answer, const chem::LigandRecord& record) {
    switch (answer.kind) {
        case IsolatedAnswer::Kind::crashed:
            return refused("WORKER_CRASHED", answer.text);
        case IsolatedAnswer::Kind::timed_out:
            return refused("TIMEOUT", answer.text);
        case IsolatedAnswer::Kind::out_of_memory:
            return refused("OUT_OF_MEMORY", answer.text);
        case IsolatedAnswer::Kind::answered:
            break;
    }
    try {
        return decoded(answer.text, record);
    } catch (const std::exception& error) {
        return refused("WORKER_CRASHED", fmt::format("its process gave a damaged answer: {}", error.what()));
    }
}

PreparedLigand prepare_here(const chem::LigandRecord& record, const PrepareOptions& options) {
    try {
        return prepare_record(record, options);
    } catch (const std::bad_alloc&) {
        return refused("OUT_OF_MEMORY", "not enough memory for this record");
    }
}

}  // namespace

PreparedLigand prepare_record(const chem::LigandRecord& record, const PrepareOptions& options) {
    PreparedLigand prepared(Rejection{});
    try {
        auto start = std::chrono::steady_clock::now();
        const Result<chem::Molecule> molecule = chem::parse_ligand(record, options.ligand);
        prepared.parse_seconds = seconds_since(start);
        if (!molecule) {
            prepared.graph = molecule.rejection();
            return prepared;
        }
        start = std::chrono::steady_clock::now();
        prepared.notes = joined_notes(molecule.value());
        prepared.graph = features::ligand_graph(molecule.value());
        prepared.feature_seconds = seconds_since(start);
        if (options.with_mol_block == WithMolBlock::yes)
            prepared.mol_block = chem::mol_block(molecule.value());
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& error) {
        prepared.graph = Rejection{"parse", "INTERNAL", error.what()};
    }
    return prepared;
}

std::vector<PreparedLigand> prepare_records(std::span<const chem::LigandRecord> records,
                                            const PrepareOptions& options, const RecordGuard& guard) {
    std::vector<PreparedLigand> prepared;
    prepared.reserve(records.size());
    if (guard.isolation == Isolation::none) {
        for (const auto& record : records) prepared.push_back(prepare_here(record, options));
        return prepared;
    }
    std::vector<std::string> requests;
    for (const auto& record : records)
        if (!record.rejection) requests.push_back(encoded(record, options));
    const auto answers = pool().run(requests, guard);
    auto next = answers.begin();
    for (const auto& record : records) {
        if (record.rejection)
            prepared.emplace_back(*record.rejection);
        else
            prepared.push_back(understood(*next++, record));
    }
    return prepared;
}

void start_preparing(const RecordGuard& guard) {
    chem::warm_up_rdkit();
    if (guard.isolation == Isolation::process) pool().start();
}

std::string as_it_came(const chem::LigandRecord& record, const Rejection& why) {
    if (record.text.empty() && why.stage == "read")
        return fmt::format("# {} (line {}): {}\n", record.id, record.line, why.message);
    if (record.format == chem::LigandFormat::sdf)
        return record.text + (record.text.ends_with('\n') ? "" : "\n") + "$$$$\n";
    if (record.format == chem::LigandFormat::mol2)
        return record.text + (record.text.ends_with('\n') ? "" : "\n");
    return fmt::format("{}\t{}\n", record.text, record.id);
}

}  // namespace keyway::workflows
