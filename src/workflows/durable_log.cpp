/// POSIX append, truncate and fsync.
#include "workflows/durable_log.hpp"

#include "keyway/core/error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace keyway::workflows {

DurableLog::DurableLog(const std::filesystem::path& path, std::uint64_t bytes) : path_(path), bytes_(bytes) {
    file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (file_ < 0) fail("open");
    try {
        struct stat status {};
        if (::fstat(file_, &status) != 0) fail("inspect");
        if (static_cast<std::uint64_t>(status.st_size) < bytes)
            throw Error(ErrorKind::incompatible,
                        path.string() + ": has " + std::to_string(status.st_size) +
                            " bytes, the checkpoint expects at least " + std::to_string(bytes),
                        "the file was changed after the checkpoint; start anew with --overwrite");
        if (::ftruncate(file_, static_cast<off_t>(bytes)) != 0) fail("cut");
        if (::lseek(file_, static_cast<off_t>(bytes), SEEK_SET) < 0) fail("position");
    } catch (...) {
        ::close(file_);  // no destructor runs for a constructor that throws
        throw;
    }
}

DurableLog::~DurableLog() { ::close(file_); }

void DurableLog::append(std::string_view line) {
    const std::string text = std::string(line) + "\n";
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t written = ::write(file_, text.data() + done, text.size() - done);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("write");
        done += static_cast<std::size_t>(written);
    }
    bytes_ += text.size();
}

void DurableLog::sync() {
    if (::fsync(file_) != 0) fail("sync");
}

void DurableLog::fail(std::string_view what) const {
    throw Error(ErrorKind::output,
                path_.string() + ": cannot " + std::string(what) + ": " + std::strerror(errno),
                "free space or fix the permission, then run the same command again");
}

}  // namespace keyway::workflows
