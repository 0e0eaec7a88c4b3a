/// Seeded random numbers that are the same on every platform and can be saved and restored.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace keyway {

/// Mersenne Twister with our own distributions (the standard's differ between libraries).
class Random {
public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}

    /// Uniform in [0, n); n > 0. Unbiased (rejection).
    std::uint64_t below(std::uint64_t n);
    /// Uniform in [0, 1) with 53 bits.
    double uniform();
    /// Standard normal (Box-Muller, no cached second value: the state is the engine alone).
    double normal();

    template <class T>
    void shuffle(std::vector<T>& items) {
        for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
    }

    /// Text of the engine; `restore(state())` continues with identical numbers.
    std::string state() const;
    void restore(const std::string& state);

private:
    std::mt19937_64 engine_;
};

}  // namespace keyway
