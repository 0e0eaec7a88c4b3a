/// CRC-32C (Castagnoli), the checksum of our text files.
#pragma once

#include <cstdint>
#include <string_view>

namespace keyway {

/// Of `bytes`, going on from `crc` (0 at the start): crc32c(b, crc32c(a)) is the checksum of a followed by b.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc = 0);

}  // namespace keyway
