/// Atomic output: part file, fsync, rename, fsync of the folder; every call is checked.
#include "keyway/core/output_file.hpp"

#include "keyway/core/error.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace keyway {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view what, int error) {
    throw Error(
        ErrorKind::output, fmt::format("cannot {} '{}': {}", what, path.string(), std::strerror(error)),
        error == ENOSPC || error == EDQUOT ? "the disk is full; make room and run the same command again"
                                           : "");
}

void write_all(int fd, std::string_view bytes, const std::filesystem::path& path) {
    while (!bytes.empty()) {
        const ssize_t done = ::write(fd, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) fail(path, "write", errno);
        bytes.remove_prefix(static_cast<std::size_t>(done));
    }
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
    return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

void sync_path(const std::filesystem::path& path, int flags) {
    const int fd = open(path.c_str(), flags | O_CLOEXEC);
    if (fd < 0) fail(path, "open", errno);
    const int result = fsync(fd), error = errno;
    close(fd);
    if (result != 0 && error != EINVAL) fail(path, "sync", error);  // EINVAL: a file system without fsync
}

/// ".HOST-", to be followed by a process number.
std::string process_mark() {
    char host[256] = {};
    gethostname(host, sizeof host - 1);
    return fmt::format(".{}-", host);
}

}  // namespace

struct OutputFile::Impl {
    std::filesystem::path path, part;
    int fd = -1;
    bool to_stdout = false, committed = false, compress = false;
    std::string buffer;
    z_stream deflater{};

    /// Also runs when the constructor of OutputFile fails half way.
    ~Impl() {
        if (compress) deflateEnd(&deflater);
        if (to_stdout || part.empty()) return;
        if (fd >= 0) close(fd);
        std::error_code ignored;
        if (!committed) std::filesystem::remove(part, ignored);
    }

    /// Deflates `bytes` (gzip format) to the file.
    void deflate_to_file(std::string_view bytes, int mode) {
        std::string out(1 << 16, '\0');
        deflater.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        deflater.avail_in = static_cast<uInt>(bytes.size());
        do {
            deflater.next_out = reinterpret_cast<Bytef*>(out.data());
            deflater.avail_out = static_cast<uInt>(out.size());
            if (deflate(&deflater, mode) == Z_STREAM_ERROR)
                throw Error(ErrorKind::output, fmt::format("cannot compress '{}'", path.string()));
            write_all(fd, std::string_view(out).substr(0, out.size() - deflater.avail_out), part);
        } while (deflater.avail_out == 0);
    }

    void drain() {
        if (buffer.empty()) return;
        if (compress)
            deflate_to_file(buffer, Z_NO_FLUSH);
        else
            write_all(fd, buffer, part);
        buffer.clear();
    }
};

OutputFile::OutputFile(const std::filesystem::path& path, IfExists if_exists, PartName part)
    : impl_(std::make_unique<Impl>()) {
    auto& out = *impl_;
    out.path = path;
    if (path == "-") {
        out.to_stdout = true;
        out.fd = STDOUT_FILENO;
        out.part = "standard output";
        return;
    }
    check_output_path(path, if_exists);
    out.part = part == PartName::plain ? part_path(path) : unique_part_path(path);
    out.fd = open(out.part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (out.fd < 0) fail(out.part, "create", errno);
    out.compress = path.extension() == ".gz";
    // 15 + 16: largest window, gzip wrapper; no time stamp, so equal content gives equal bytes.
    if (out.compress && deflateInit2(&out.deflater, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw Error(ErrorKind::output, fmt::format("cannot compress '{}'", path.string()));
}

OutputFile::~OutputFile() = default;
OutputFile::OutputFile(OutputFile&&) noexcept = default;

void OutputFile::write(std::string_view bytes) {
    impl_->buffer.append(bytes);
    if (impl_->buffer.size() >= (1u << 18)) impl_->drain();
}

void OutputFile::flush() { impl_->drain(); }

void OutputFile::commit() {
    auto& out = *impl_;
    out.drain();
    if (out.to_stdout) return;
    if (out.compress) out.deflate_to_file({}, Z_FINISH);
    if (fsync(out.fd) != 0 && errno != EINVAL) fail(out.part, "sync", errno);
    const int closed = close(out.fd);
    out.fd = -1;
    if (closed != 0) fail(out.part, "close", errno);
    if (std::rename(out.part.c_str(), out.path.c_str()) != 0) fail(out.path, "rename to", errno);
    out.committed = true;
    sync_path(folder_of(out.path), O_RDONLY | O_DIRECTORY);
}

const std::filesystem::path& OutputFile::path() const { return impl_->path; }

void write_file(const std::filesystem::path& path, std::string_view bytes, IfExists if_exists,
                PartName part) {
    OutputFile out(path, if_exists, part);
    out.write(bytes);
    out.commit();
}

void commit_part_file(const std::filesystem::path& part, const std::filesystem::path& path) {
    sync_path(part, O_RDONLY);
    if (std::rename(part.c_str(), path.c_str()) != 0) fail(path, "rename to", errno);
    sync_path(folder_of(path), O_RDONLY | O_DIRECTORY);
}

std::filesystem::path part_path(const std::filesystem::path& path) { return path.string() + ".part"; }

std::filesystem::path unique_part_path(const std::filesystem::path& path) {
    return part_path(path.string() + process_mark() + std::to_string(getpid()));
}

bool is_abandoned_part(const std::filesystem::path& part) {
    const std::string name = part.filename().string(), mark = process_mark();
    const auto at = name.rfind(mark);
    if (at == std::string::npos || !name.ends_with(".part")) return false;
    const pid_t process = static_cast<pid_t>(std::strtol(name.c_str() + at + mark.size(), nullptr, 10));
    return process > 0 && kill(process, 0) != 0 && errno == ESRCH;
}

void check_output_path(const std::filesystem::path& path, IfExists if_exists) {
    std::error_code code;
    if (std::filesystem::is_directory(path, code))
        throw Error(ErrorKind::usage,
                    fmt::format("expected a file name for output, but '{}' is a folder", path.string()),
                    "name a file inside it");
    // A rename would put a plain file in the place of /dev/null or a pipe.
    const bool is_special =
        std::filesystem::exists(path, code) && !std::filesystem::is_regular_file(path, code);
    if (is_special || path.parent_path() == "/dev" || path.parent_path() == "/dev/fd")
        throw Error(
            ErrorKind::usage,
            fmt::format("expected a plain file for output, but '{}' is a device or pipe", path.string()),
            fmt::format("write to standard output (-) and redirect it: > {}", path.string()));
    if (if_exists == IfExists::refuse && std::filesystem::exists(path, code))
        throw Error(ErrorKind::usage, fmt::format("output '{}' exists already", path.string()),
                    "choose another name, or add --overwrite to replace it");
    if (!std::filesystem::is_directory(folder_of(path), code))
        throw Error(ErrorKind::output,
                    fmt::format("cannot write '{}': its folder does not exist", path.string()),
                    fmt::format("make it first: mkdir -p '{}'", folder_of(path).string()));
}

}  // namespace keyway
