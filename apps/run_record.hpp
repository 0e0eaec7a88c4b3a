/// run.json: what is needed to repeat a run, and what came of it.
#pragma once

#include "keyway/core/output_file.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace keyway::apps {

class RunRecord {
public:
    /// Starts the clock; `resolved_options` are `name = value` lines (`CommandLine::resolved`).
    RunRecord(const std::string& verb, std::span<const std::string> arguments,
              const std::string& resolved_options);
    ~RunRecord();

    /// Name, size and SHA-256 of a file that the run depends on; "-" is noted without a hash.
    void input(const std::string& role, const std::filesystem::path& file);
    void add(const std::string& key, const std::string& value);
    void add(const std::string& key, double value);
    void add(const std::string& key, std::uint64_t value);
    void add(const std::string& key, const std::vector<std::string>& values);
    void add(const std::string& key, const std::map<std::string, std::uint64_t>& values);
    void add(const std::string& key, const std::map<std::string, double>& values);

    /// Adds the end time. Atomic.
    void write(const std::filesystem::path& file, IfExists if_exists);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// "hits.tsv" -> "hits.tsv.run.json".
std::filesystem::path run_record_name(const std::filesystem::path& out);

}  // namespace keyway::apps
