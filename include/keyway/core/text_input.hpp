/// Text files as users have them: plain or gzip (told by content, not by name), `-` for stdin,
/// LF, CRLF or CR line ends, an optional UTF-8 byte order mark.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace keyway {

/// Reads lines; a truncated or damaged gzip stream is an error, never a quiet end of file.
class TextInput {
public:
    /// `path` may be "-" (stdin). Throws Error(input) if it cannot be opened or is a folder.
    explicit TextInput(const std::filesystem::path& path);
    /// Reads from a string; `name` is used in messages.
    static TextInput from_string(std::string text, std::string name);
    ~TextInput();
    TextInput(TextInput&&) noexcept;
    TextInput& operator=(TextInput&&) noexcept;

    /// The next line without its line end; false at the end. Lines longer than `max_line_bytes`
    /// are cut there, the rest is skipped and `line_was_cut()` is true.
    bool next_line(std::string& line);
    bool line_was_cut() const;
    /// 1-based number of the line last returned.
    std::uint64_t line_number() const;
    /// Compressed bytes consumed so far, and the file's size (0 if unknown): for progress.
    std::uint64_t bytes_read() const;
    std::uint64_t bytes_total() const;
    const std::string& name() const;

    std::size_t max_line_bytes = 1 << 20;

private:
    struct Impl;
    explicit TextInput(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// The whole file, decompressed. Throws Error(input) above `max_bytes`.
std::string read_text_file(const std::filesystem::path& path, std::uint64_t max_bytes = 1ull << 30);

}  // namespace keyway
