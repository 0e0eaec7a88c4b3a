/// What is in a weights file besides tensors: passport and golden scores. LibTorch-free.
#pragma once

#include "model/safetensors.hpp"

#include "keyway/model/passport.hpp"

#include <string>
#include <vector>

namespace keyway::model {

inline constexpr char kPassportKey[] = "keyway_passport";  ///< JSON
inline constexpr char kGoldenKey[] = "keyway_golden";      ///< `pk pk_sd` lines, see golden.hpp

/// The checked passport of a weights file. Throws Error(incompatible) for another format or feature version,
/// a checksum that belongs to other tensors, or a file that holds no keyway model.
Passport passport_of(const TensorFile& file);

}  // namespace keyway::model
