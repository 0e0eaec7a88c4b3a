/// The passport as attributes of the root; names in `schema.hpp`.
#pragma once

#include "store/hdf5.hpp"

#include "keyway/store/dataset_file.hpp"

namespace keyway::store {

/// Throws Error(output).
void write_passport(hid_t root, const DatasetPassport& passport);
/// Throws Error(incompatible): not made by keyway, another schema or feature version, a missing attribute.
DatasetPassport read_passport(hid_t root);

}  // namespace keyway::store
