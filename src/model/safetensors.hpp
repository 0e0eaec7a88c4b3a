/// Safetensors files: tensors as raw bytes with a JSON header; no code can hide in one. LibTorch-free.
///
/// Format: 8 bytes header length (little endian), JSON header
/// `{"name": {"dtype", "shape", "data_offsets"}, ..., "__metadata__": {text: text}}`, row-major data.
/// https://github.com/huggingface/safetensors. This reader is stricter than the format: see `TensorFile`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace keyway::model {

enum class TensorType { f32, f64, i64, u8 };

/// Bytes of one element.
std::size_t width(TensorType type);
std::string_view to_string(TensorType type);  // "F32", ...

struct TensorSpec {
    std::string name;  ///< letters, digits and _ . / -
    TensorType type = TensorType::f32;
    std::vector<std::int64_t> shape;

    bool operator==(const TensorSpec&) const = default;
    /// Product of the shape times the width. Throws Error(incompatible) on overflow or a negative length.
    std::uint64_t bytes() const;
};

/// A tensor to be written; borrows its bytes.
struct TensorBytes {
    TensorSpec spec;
    std::span<const std::byte> bytes;
};

using Metadata = std::map<std::string, std::string>;

/// Hexadecimal SHA-256 over the bytes of all tensors in the given order.
std::string sha256_of_tensors(std::span<const TensorBytes> tensors);

/// Writes atomically, overwriting. Adds "sha256", which covers metadata, names, types, shapes and bytes.
/// Throws Error(failure) for a non-finite number, a repeated name or a wrong size: such a file is never made.
void write_tensor_file(const std::filesystem::path& path, std::span<const TensorBytes> tensors,
                       Metadata metadata);

/// A file that has passed every check: header at most 1 MiB and 10,000 tensors, known types, checked sizes,
/// no holes, overlaps or trailing bytes, no duplicate keys, all numbers finite, SHA-256 right.
class TensorFile {
public:
    /// Throws Error(input) if the file cannot be read, Error(incompatible) with the reason if it is damaged.
    explicit TensorFile(const std::filesystem::path& path);

    /// Without "sha256".
    const Metadata& metadata() const { return metadata_; }
    /// Throws Error(incompatible) when the key is missing.
    const std::string& metadata(const std::string& key) const;
    /// In file order.
    const std::vector<TensorSpec>& tensors() const { return specs_; }
    /// Throws Error(incompatible) when there is no such tensor or it has another type.
    std::span<const std::byte> bytes(const std::string& name, TensorType type) const;
    /// Over all tensor bytes; the same as `sha256_of_tensors` of what was written.
    const std::string& tensor_sha256() const { return tensor_sha256_; }

    /// Exact agreement in names, types and shapes, in any order. Throws Error(incompatible) that names the
    /// first missing, surplus or different tensor.
    void expect(std::span<const TensorSpec> expected) const;

private:
    std::string where_;
    Metadata metadata_;
    std::vector<TensorSpec> specs_;
    std::vector<std::uint64_t> begins_;
    std::vector<std::byte> data_;
    std::string tensor_sha256_;
};

}  // namespace keyway::model
