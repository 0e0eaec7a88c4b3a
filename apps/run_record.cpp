/// Collects and writes run.json.
#include "run_record.hpp"

#include "versions.hpp"

#include "keyway/core/sha256.hpp"
#include "keyway/core/version.hpp"

#include <fmt/chrono.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <ctime>
#include <sstream>

namespace keyway::apps {
namespace {

std::string now() { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))); }

std::string host_name() {
    char name[256] = {};
    return gethostname(name, sizeof name - 1) == 0 ? name : "";
}

}  // namespace

struct RunRecord::Impl {
    nlohmann::ordered_json json;
};

RunRecord::RunRecord(const std::string& verb, std::span<const std::string> arguments,
                     const std::string& resolved_options)
    : impl_(std::make_unique<Impl>()) {
    auto& json = impl_->json;
    json["program"] = "keyway";
    json["version"] = std::string(version());
    json["commit"] = std::string(git_commit());
    json["verb"] = verb;
    json["arguments"] = std::vector<std::string>(arguments.begin(), arguments.end());
    json["options"] = nlohmann::ordered_json::array();  // lines, ready for --config
    std::istringstream lines(resolved_options);
    for (std::string line; std::getline(lines, line);) json["options"].push_back(line);
    for (const auto& [name, library_version] : library_versions()) json["libraries"][name] = library_version;
    json["host"] = host_name();
    json["started"] = now();
    json["inputs"] = nlohmann::ordered_json::array();
}
RunRecord::~RunRecord() = default;

void RunRecord::input(const std::string& role, const std::filesystem::path& file) {
    nlohmann::ordered_json entry = {{"role", role}, {"file", file.string()}};
    std::error_code ignored;
    if (file != "-" && std::filesystem::is_regular_file(file, ignored)) {
        entry["bytes"] = std::filesystem::file_size(file, ignored);
        entry["sha256"] = sha256_of_file(file);
    }
    impl_->json["inputs"].push_back(entry);
}

void RunRecord::add(const std::string& key, const std::string& value) { impl_->json[key] = value; }
void RunRecord::add(const std::string& key, double value) { impl_->json[key] = value; }
void RunRecord::add(const std::string& key, std::uint64_t value) { impl_->json[key] = value; }
void RunRecord::add(const std::string& key, const std::vector<std::string>& values) {
    impl_->json[key] = values;
}
void RunRecord::add(const std::string& key, const std::map<std::string, std::uint64_t>& values) {
    impl_->json[key] = values;
}
void RunRecord::add(const std::string& key, const std::map<std::string, double>& values) {
    impl_->json[key] = values;
}

void RunRecord::write(const std::filesystem::path& file, IfExists if_exists) {
    impl_->json["finished"] = now();
    // Names and titles may hold bytes that are not UTF-8.
    write_file(file, impl_->json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n",
               if_exists);
}

std::filesystem::path run_record_name(const std::filesystem::path& out) { return out.string() + ".run.json"; }

}  // namespace keyway::apps
