/// One int8 vector for each ligand of a library, in a file beside it.
#pragma once

#include "keyway/core/output_file.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace keyway::store {

/// Whose vectors these are.
struct VectorsPassport {
    std::string library_sha256;  ///< `DatasetPassport::content_sha256`
    std::string weights_sha256;  ///< of the model that made them
    std::string created_by;      ///< program and version
    std::uint64_t ligands = 0;
    int width = 0;               ///< R, numbers of a vector
    std::string content_sha256;  ///< over all vectors and what is above
};

/// Streams into a part file of its own (several processes may write at once); `commit` makes the file appear.
class VectorsWriter {
public:
    /// `ligands` and `content_sha256` of the passport are filled in. Throws Error(usage), Error(output).
    VectorsWriter(const std::filesystem::path& path, IfExists if_exists, VectorsPassport passport);
    ~VectorsWriter();

    /// [any number, width], appended.
    void append(std::span<const std::int8_t> vectors);
    /// Reads everything back first. Throws Error(output); then no file appears.
    void commit();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Memory does not grow with the file. Not thread-safe.
class VectorsReader {
public:
    /// Throws Error(input) if the file cannot be opened, Error(incompatible) if it is damaged or foreign.
    explicit VectorsReader(const std::filesystem::path& path);
    ~VectorsReader();
    VectorsReader(VectorsReader&&) noexcept;

    const VectorsPassport& passport() const;
    /// [count, width] from ligand `first` on.
    std::vector<std::int8_t> read(std::uint64_t first, std::uint64_t count) const;
    /// Throws Error(incompatible) unless every vector is as written.
    void verify() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace keyway::store
