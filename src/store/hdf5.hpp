/// HDF5's C API with owners, errors as exceptions, and keyway's arrays; the only file that includes <hdf5.h>.
#pragma once

#include "keyway/core/error.hpp"
#include "keyway/core/sha256.hpp"
#include "keyway/store/dataset_file.hpp"
#include "keyway/store/schema.hpp"

#include <hdf5.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keyway::store::hdf5 {

/// Call first in every thread: quiet error stack, no atexit handler (it crashes after failed writes), no
/// plugins.
void start();

/// Throws Error(kind) with `what` and the innermost reason HDF5 gives.
[[noreturn]] void fail(ErrorKind kind, const std::string& what);

/// Owns one HDF5 identifier.
class Handle {
public:
    using Close = herr_t (*)(hid_t);

    Handle() = default;
    /// Throws Error(kind) if `id` is negative.
    Handle(hid_t id, Close closer, ErrorKind kind, const std::string& what);
    ~Handle();
    Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
    Handle& operator=(Handle&& other) noexcept;

    hid_t get() const { return id_; }
    /// Closes now; a failure to write buffered data shows up here. Throws Error(output).
    void close(const std::string& what);

private:
    hid_t id_ = -1;
    Close close_ = nullptr;
};

/// Creates and truncates. Newest file format: its metadata carries checksums. Throws Error(output).
Handle create_file(const std::filesystem::path& path);
/// Opens for reading, without locks where the file system has none. Throws Error(input) if it cannot be read,
/// Error(incompatible) if it is not a whole HDF5 file.
Handle open_file(const std::filesystem::path& path);

/// Flushes and closes `file`, which lies at `part`, has `verify` read it back, and gives it its final name.
/// HDF5 1.10 may lose chunks on a full disk without an error: only what can be read back is believed.
void commit_verified(Handle& file, const std::filesystem::path& part, const std::filesystem::path& path,
                     const std::function<void()>& verify);

/// Runs `work` and adds the file's name to an Error(incompatible) of it.
template <class Work>
auto naming_file(const std::filesystem::path& path, Work work) {
    start();
    try {
        return work();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::incompatible) throw;
        throw Error(ErrorKind::incompatible, "cannot use '" + path.string() + "': " + error.what(),
                    error.hint());
    }
}

void write_attribute(hid_t object, const std::string& name, std::string_view text);
void write_attribute(hid_t object, const std::string& name, std::int64_t number);
/// Both throw Error(incompatible) if the attribute is missing or of another kind.
std::string read_text_attribute(hid_t object, const std::string& name);
std::int64_t read_number_attribute(hid_t object, const std::string& name);
bool has_attribute(hid_t object, const std::string& name);

/// Appends rows to one array; buffers exactly one chunk.
class ArrayWriter {
public:
    ArrayWriter(hid_t file, const ArraySpec& spec, Packing packing = Packing::plain);

    void append(const void* rows, std::uint64_t count);
    std::uint64_t rows() const { return rows_; }
    /// Writes what is buffered, closes, and returns the SHA-256 of all bytes.
    std::string finish();

private:
    void flush();

    const ArraySpec* spec_;
    Handle dataset_;
    std::uint64_t rows_ = 0, written_ = 0, chunk_rows_ = 0;
    std::vector<std::byte> buffer_;
    Sha256 hash_;
};

/// Reads slabs of one array. The constructor checks links, type, shape, storage, filters, size and holes;
/// throws Error(incompatible).
class ArrayReader {
public:
    ArrayReader(hid_t file, const ArraySpec& spec, std::uint64_t file_bytes);

    std::uint64_t rows() const { return rows_; }
    const ArraySpec& spec() const { return *spec_; }
    /// Throws Error(incompatible) on a checksum mismatch or a range outside the array.
    void read(std::uint64_t first, std::uint64_t count, void* out) const;
    template <class T>
    std::vector<T> read_as(std::uint64_t first, std::uint64_t count) const {
        if (sizeof(T) != row_bytes(*spec_))
            throw Error(ErrorKind::failure, "row size does not fit the schema");
        check_range(first, count);
        std::vector<T> rows(count);
        read(first, count, rows.data());
        return rows;
    }
    std::string sha256() const;

private:
    void check_storage(std::uint64_t file_bytes) const;
    void check_range(std::uint64_t first, std::uint64_t count) const;

    const ArraySpec* spec_;
    Handle dataset_;
    std::uint64_t rows_ = 0;
};

}  // namespace keyway::store::hdf5
