/// Files, attributes and error messages of HDF5.
#include "store/hdf5.hpp"

#include <fmt/format.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <mutex>

namespace keyway::store::hdf5 {
namespace {

static_assert(std::endian::native == std::endian::little,
              "arrays are hashed and stored as they lie in memory");

/// The deepest entry of the error stack says what really happened; of its long form only the system's words
/// ("No space left on device") are kept.
std::string innermost_reason() {
    std::string reason;
    const auto keep_first = [](unsigned depth, const H5E_error2_t* error, void* text) -> herr_t {
        if (depth == 0 && error->desc != nullptr) *static_cast<std::string*>(text) = error->desc;
        return 0;
    };
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &reason);
    H5Eclear2(H5E_DEFAULT);
    constexpr std::string_view kMark = "error message = '";
    const auto begin = reason.find(kMark);
    if (begin == std::string::npos) return reason;
    const std::string rest = reason.substr(begin + kMark.size());
    return rest.substr(0, rest.find('\''));
}

Handle text_type(std::size_t bytes) {
    Handle type(H5Tcopy(H5T_C_S1), H5Tclose, ErrorKind::failure, "cannot make a text type");
    H5Tset_size(type.get(), bytes);
    H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
    H5Tset_cset(type.get(), H5T_CSET_UTF8);
    return type;
}

void write_scalar(hid_t object, const std::string& name, hid_t type, const void* value) {
    const std::string what = fmt::format("cannot write the attribute '{}'", name);
    Handle space(H5Screate(H5S_SCALAR), H5Sclose, ErrorKind::output, what);
    Handle attribute(H5Acreate2(object, name.c_str(), type, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
                     ErrorKind::output, what);
    if (H5Awrite(attribute.get(), type, value) < 0) fail(ErrorKind::output, what);
    attribute.close(what);
}

Handle open_scalar(hid_t object, const std::string& name, H5T_class_t expected) {
    const std::string what = fmt::format("cannot read the attribute '{}'", name);
    Handle attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose, ErrorKind::incompatible, what);
    Handle space(H5Aget_space(attribute.get()), H5Sclose, ErrorKind::incompatible, what);
    Handle type(H5Aget_type(attribute.get()), H5Tclose, ErrorKind::incompatible, what);
    if (H5Sget_simple_extent_type(space.get()) != H5S_SCALAR || H5Tget_class(type.get()) != expected)
        throw Error(ErrorKind::incompatible, fmt::format("attribute '{}' is of another type", name));
    return attribute;
}

}  // namespace

void start() {
    static std::once_flag once;
    std::call_once(once, [] {
        H5dont_atexit();
        H5open();
        H5PLset_loading_state(0);
    });
    // The error stack belongs to the thread.
    thread_local const bool quiet = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr) >= 0;
    static_cast<void>(quiet);
}

void fail(ErrorKind kind, const std::string& what) {
    const std::string reason = innermost_reason();
    const bool full = reason.find("No space left") != std::string::npos;
    throw Error(kind, reason.empty() ? what : fmt::format("{}: {}", what, reason),
                full ? "the disk is full; make room and run the same command again" : "");
}

Handle::Handle(hid_t id, Close closer, ErrorKind kind, const std::string& what) : id_(id), close_(closer) {
    if (id < 0) fail(kind, what);
}

Handle::~Handle() {
    if (id_ >= 0) close_(id_);
}

Handle& Handle::operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
}

void Handle::close(const std::string& what) {
    if (id_ >= 0 && close_(std::exchange(id_, -1)) < 0) fail(ErrorKind::output, what);
}

Handle create_file(const std::filesystem::path& path) {
    start();
    const std::string what = fmt::format("cannot create '{}'", path.string());
    Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, ErrorKind::failure, what);
    H5Pset_libver_bounds(access.get(), H5F_LIBVER_V110, H5F_LIBVER_V110);
    H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG);
    Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose, ErrorKind::failure, what);
    H5Pset_obj_track_times(creation.get(), false);  // equal content, equal bytes
    return Handle(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()), H5Fclose,
                  ErrorKind::output, what);
}

Handle open_file(const std::filesystem::path& path) {
    start();
    std::error_code code;
    if (std::filesystem::is_directory(path, code))
        throw Error(ErrorKind::input, fmt::format("'{}' is a folder, expected an HDF5 file", path.string()));
    errno = 0;
    if (!std::ifstream(path, std::ios::binary))
        throw Error(ErrorKind::input,
                    fmt::format("cannot open '{}': {}", path.string(), std::strerror(errno)));
    if (H5Fis_hdf5(path.c_str()) <= 0)
        throw Error(
            ErrorKind::incompatible,
            fmt::format("'{}' is not an HDF5 file (its first bytes are something else)", path.string()),
            "expected a dataset or library made by 'keyway dataset build' or 'keyway library build'");
    Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, ErrorKind::failure, "cannot set up reading");
    H5Pset_file_locking(access.get(), false, true);
    H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG);
    return Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose, ErrorKind::incompatible,
                  fmt::format("'{}' is a damaged or truncated HDF5 file", path.string()));
}

void commit_verified(Handle& file, const std::filesystem::path& part, const std::filesystem::path& path,
                     const std::function<void()>& verify) {
    const std::string what = fmt::format("cannot write '{}'", part.string());
    if (H5Fflush(file.get(), H5F_SCOPE_GLOBAL) < 0) fail(ErrorKind::output, what);
    file.close(what);
    try {
        verify();
    } catch (const Error& error) {
        throw Error(ErrorKind::output,
                    fmt::format("'{}' does not read back as written: {}", part.string(), error.what()),
                    "check the disk, then run the same command again");
    }
    commit_part_file(part, path);
}

void write_attribute(hid_t object, const std::string& name, std::string_view text) {
    const std::string padded(text.empty() ? std::string(1, '\0') : std::string(text));
    write_scalar(object, name, text_type(padded.size()).get(), padded.data());
}

void write_attribute(hid_t object, const std::string& name, std::int64_t number) {
    write_scalar(object, name, H5T_STD_I64LE, &number);
}

std::string read_text_attribute(hid_t object, const std::string& name) {
    const Handle attribute = open_scalar(object, name, H5T_STRING);
    const Handle type(H5Aget_type(attribute.get()), H5Tclose, ErrorKind::incompatible, "cannot read a type");
    const std::size_t bytes = H5Tget_size(type.get());
    if (H5Tis_variable_str(type.get()) != 0 || bytes == 0 || bytes > kMaxAttributeBytes)
        throw Error(ErrorKind::incompatible,
                    fmt::format("attribute '{}' is not a text of fixed length", name));
    std::string text(bytes, '\0');
    if (H5Aread(attribute.get(), type.get(), text.data()) < 0)
        fail(ErrorKind::incompatible, fmt::format("cannot read the attribute '{}'", name));
    text.resize(std::min(text.size(), text.find('\0')));
    return text;
}

std::int64_t read_number_attribute(hid_t object, const std::string& name) {
    const Handle attribute = open_scalar(object, name, H5T_INTEGER);
    std::int64_t number = 0;
    if (H5Aread(attribute.get(), H5T_NATIVE_INT64, &number) < 0)
        fail(ErrorKind::incompatible, fmt::format("cannot read the attribute '{}'", name));
    return number;
}

bool has_attribute(hid_t object, const std::string& name) { return H5Aexists(object, name.c_str()) > 0; }

}  // namespace keyway::store::hdf5
