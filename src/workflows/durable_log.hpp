/// A text file that only grows, survives a power cut up to the last `sync`, and can be cut back to it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace keyway::workflows {

/// All failures throw Error(output).
class DurableLog {
public:
    /// Opens (or makes) the file and cuts it back to `bytes`: what a checkpoint does not know is done again.
    /// Throws Error(incompatible) if the file is shorter.
    DurableLog(const std::filesystem::path& path, std::uint64_t bytes);
    ~DurableLog();
    DurableLog(const DurableLog&) = delete;
    DurableLog& operator=(const DurableLog&) = delete;

    /// `line` comes without its line end.
    void append(std::string_view line);
    void sync();
    std::uint64_t bytes() const { return bytes_; }

private:
    [[noreturn]] void fail(std::string_view what) const;

    std::filesystem::path path_;
    int file_ = -1;
    std::uint64_t bytes_ = 0;
};

}  // namespace keyway::workflows
