/// Ranks that are threads of one process: collectives as MPI's, for tests without it.
#pragma once

#include "keyway/parallel/ranks.hpp"

#include <barrier>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace keyway::testing {

/// Calls `work` on `size` threads, each with its ranks. `work` must not throw, and all ranks must call the
/// same collectives.
inline void run_on_thread_ranks(int size, const std::function<void(parallel::Ranks&)>& work) {
    struct Shared {
        explicit Shared(int count) : barrier(count), texts(static_cast<std::size_t>(count)) {}
        std::barrier<> barrier;
        std::vector<std::string> texts;
        std::vector<double> sums;
    } shared(size);

    class ThreadRanks : public parallel::Ranks {
    public:
        ThreadRanks(Shared& all, int number, int count) : shared_(all), rank_(number), size_(count) {}
        int rank() const override { return rank_; }
        int size() const override { return size_; }
        void sum(std::span<float> values) override {
            if (rank_ == 0) shared_.sums.assign(values.size(), 0);
            shared_.barrier.arrive_and_wait();
            for (int turn = 0; turn < size_; ++turn) {  // in the order of the ranks
                if (turn == rank_)
                    for (std::size_t i = 0; i < values.size(); ++i) shared_.sums[i] += values[i];
                shared_.barrier.arrive_and_wait();
            }
            for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(shared_.sums[i]);
            shared_.barrier.arrive_and_wait();
        }
        std::vector<std::string> gather(const std::string& text) override {
            shared_.texts[static_cast<std::size_t>(rank_)] = text;
            shared_.barrier.arrive_and_wait();
            const std::vector<std::string> all = shared_.texts;
            shared_.barrier.arrive_and_wait();
            return all;
        }
        void look_for_lost(double) override {}

    private:
        Shared& shared_;
        int rank_, size_;
    };

    std::vector<std::jthread> threads;
    for (int rank = 0; rank < size; ++rank)
        threads.emplace_back([&, rank] {
            ThreadRanks ranks(shared, rank, size);
            work(ranks);
        });
}

}  // namespace keyway::testing
