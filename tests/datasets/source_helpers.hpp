/// A folder of small files made by a test, and everything that a source gives.
#pragma once

#include "keyway/core/error.hpp"
#include "keyway/records/record_source.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace keyway::datasets::testing {

class TemporaryFolder {
public:
    TemporaryFolder() {
        static int count = 0;
        path_ = std::filesystem::temp_directory_path() /
                ("keyway_datasets_" + std::to_string(::getpid()) + "_" + std::to_string(count++));
        std::filesystem::create_directories(path_);
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::filesystem::path write(const std::string& name, const std::string& text = "x\n") const {
        std::filesystem::create_directories((path_ / name).parent_path());
        std::ofstream(path_ / name, std::ios::binary) << text;
        return path_ / name;
    }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

struct Everything {
    std::vector<RawRecord> records;
    std::vector<Rejected> rejected;
    std::vector<std::string> reasons() const {
        std::vector<std::string> reasons;
        for (const auto& row : rejected) reasons.push_back(row.why.reason);
        return reasons;
    }
};

inline Everything read_all(RecordSource& source) {
    Everything all;
    while (auto row = source.next()) {
        if (auto* record = std::get_if<RawRecord>(&*row))
            all.records.push_back(*record);
        else
            all.rejected.push_back(std::get<Rejected>(*row));
    }
    return all;
}

/// Message of the keyway::Error that `work` throws; "" if none.
template <class Work>
std::string message_of(Work work, ErrorKind expected) {
    try {
        work();
    } catch (const Error& error) {
        return error.kind() == expected ? error.what() : "wrong kind: " + std::string(error.what());
    }
    return "";
}

}  // namespace keyway::datasets::testing
