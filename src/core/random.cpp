/// Distributions on the Mersenne Twister, the same on every platform.
#include "keyway/core/random.hpp"

#include "keyway/core/error.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <sstream>

namespace keyway {

std::uint64_t Random::below(std::uint64_t n) {
    if (n == 0) throw Error(ErrorKind::failure, "random number below 0 was asked for");
    const std::uint64_t biased = std::numeric_limits<std::uint64_t>::max() % n + 1;  // 2^64 mod n, or n
    const std::uint64_t limit = std::numeric_limits<std::uint64_t>::max() - (biased == n ? 0 : biased);
    std::uint64_t value = engine_();
    while (value > limit) value = engine_();
    return value % n;
}

double Random::uniform() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }

double Random::normal() {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

std::string Random::state() const {
    std::ostringstream out;
    out << engine_;
    return out.str();
}

void Random::restore(const std::string& state) {
    std::istringstream in(state);
    std::mt19937_64 engine;
    in >> engine;
    if (!in) throw Error(ErrorKind::incompatible, "saved random state cannot be read");
    engine_ = engine;
}

}  // namespace keyway
