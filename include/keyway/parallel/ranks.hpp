/// Several processes at work on one task: who they are, and how they exchange numbers and texts.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace keyway::parallel {

/// The processes of one task, numbered from 0. `sum` and `gather` are collective: every rank calls the same
/// ones in the same order, and each waits for all. They throw Error(interrupted) where a rank was lost.
class Ranks {
public:
    virtual ~Ranks() = default;
    virtual int rank() const = 0;
    virtual int size() const = 0;
    /// Replaces each value by its sum over the ranks. The spans have one length, which is below 2^31.
    virtual void sum(std::span<float> values) = 0;
    /// One text from each rank, by rank; the same answer everywhere. Any bytes.
    virtual std::vector<std::string> gather(const std::string& text) = 0;
    /// For whoever waits for the others by other means than these: throws Error(interrupted) if a rank of
    /// this machine has ended, or if `waited_seconds` is more than the ranks' patience. Not collective.
    virtual void look_for_lost(double waited_seconds) = 0;
};

/// This process alone. Collectives cost nothing.
Ranks& one_rank();

enum class Launch { alone, mpi };

/// Launch::mpi opens libkeyway_mpi.so (so that nobody else loads MPI) and joins the ranks that mpirun or srun
/// started. A collective gives up when another rank has been silent for `patience_seconds`; ranks on the same
/// machine are found lost at once. The ranks leave when the pointer goes.
///
/// Throws Error(usage) for Launch::alone in one of several processes of mpirun or srun, which would all do
/// the same work in the same folder, and for Launch::mpi where MPI sees one process and the launcher several;
/// Error(failure) if keyway was built without MPI, or MPI cannot start.
std::unique_ptr<Ranks> start_ranks(Launch launch, double patience_seconds);

/// Runs `work` on every rank and returns what each gave, by rank. Where it throws, all ranks throw: those
/// their own error, the others one of the same kind that names the first of them. So no rank waits for one
/// that has failed.
std::vector<std::string> together(Ranks& ranks, const std::function<std::string()>& work);

/// As `together`, but only rank 0 works; returns its text everywhere.
std::string on_first_rank(Ranks& ranks, const std::function<std::string()>& work);

}  // namespace keyway::parallel
