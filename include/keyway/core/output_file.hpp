/// Files that are complete or absent: written to `NAME.part`, fsynced, then renamed.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace keyway {

enum class IfExists { refuse, overwrite };

/// plain: NAME.part. unique: the part's name holds host and process, so that two processes may write the same
/// file at once; the last rename wins.
enum class PartName { plain, unique };

/// "-" writes to stdout (no part file). All failures throw Error(output), exit code 74.
class OutputFile {
public:
    /// Throws Error(usage) when the final name exists and `if_exists` is `refuse`.
    /// A name that ends in ".gz" is compressed.
    OutputFile(const std::filesystem::path& path, IfExists if_exists, PartName part = PartName::plain);
    /// Without `commit()` the part file is removed.
    ~OutputFile();
    OutputFile(OutputFile&&) noexcept;

    void write(std::string_view bytes);
    void flush();
    /// Flush, fsync, rename, fsync the folder.
    void commit();
    const std::filesystem::path& path() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// One call for small files.
void write_file(const std::filesystem::path& path, std::string_view bytes, IfExists if_exists,
                PartName part = PartName::plain);

/// For writers with their own file handle (HDF5): fsync `part`, rename it to `path`, fsync the folder.
void commit_part_file(const std::filesystem::path& part, const std::filesystem::path& path);
/// `path` + ".part".
std::filesystem::path part_path(const std::filesystem::path& path);
/// The same with host and process in it (`PartName::unique`).
std::filesystem::path unique_part_path(const std::filesystem::path& path);
/// True for the unique part of a process of this host that has ended.
bool is_abandoned_part(const std::filesystem::path& part);
/// Throws Error(usage) when `path` exists and `if_exists` is `refuse`, or is a folder, device or pipe;
/// Error(output) when its folder is missing.
void check_output_path(const std::filesystem::path& path, IfExists if_exists);

}  // namespace keyway
