/// `rejected.csv`: one line for every record that was refused, so that it can be fixed and run again.
#pragma once

#include "keyway/core/output_file.hpp"
#include "keyway/records/raw_record.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace keyway {

/// Columns: id, source, line, stage, reason, message. Appears only on `commit`, also when it has no rows:
/// an empty list is an answer too.
class RejectedFile {
public:
    /// Throws like `OutputFile`.
    RejectedFile(const std::filesystem::path& path, IfExists if_exists);

    void add(const Rejected& rejected);
    void commit() { file_.commit(); }

    std::uint64_t count() const { return count_; }
    const std::map<std::string, std::uint64_t>& by_reason() const { return by_reason_; }
    const std::filesystem::path& path() const { return file_.path(); }

private:
    OutputFile file_;
    std::uint64_t count_ = 0;
    std::map<std::string, std::uint64_t> by_reason_;
};

}  // namespace keyway
