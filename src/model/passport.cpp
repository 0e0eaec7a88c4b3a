/// Passport <-> JSON. Strict on reading: a field more or less means another version of keyway.
#include "keyway/model/passport.hpp"

#include "keyway/core/error.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>
#include <set>

namespace keyway::model {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormatVersion = 1;
constexpr char kScaleField[] = "pk_sd_scale";  // optional: files made before calibration lack it

/// Visits every field with its name, for writing and reading alike.
template <class Passport, class Visitor>
void for_each_field(Passport& passport, Visitor&& visit) {
    visit("format_version", passport.format_version);
    visit("name", passport.name);
    visit("feature_version", passport.feature_version);
    visit("config", passport.config);
    visit("pocket", passport.pocket);
    visit("ligand_policy", passport.ligand_policy);
    visit("units", passport.units);
    visit("created_by", passport.created_by);
    visit("training_data_sha256", passport.training_data_sha256);
    visit("training", passport.training);
    visit("metrics", passport.metrics);
    visit("seed", passport.seed);
    visit("weights_sha256", passport.weights_sha256);
}

struct Writer {
    Json& json;

    template <class T>
    void operator()(const char* name, const T& value) {
        json[name] = value;
    }
    void operator()(const char* name, const ModelConfig& value) { json[name] = value.to_text(); }
    void operator()(const char* name, const PocketDefinition& value) { json[name] = value.to_text(); }
    /// JSON has no NaN; null stands for it.
    void operator()(const char* name, const std::map<std::string, double>& values) {
        json[name] = Json::object();
        for (const auto& [key, value] : values) json[name][key] = std::isfinite(value) ? Json(value) : Json();
    }
};

struct Reader {
    const Json& json;
    std::set<std::string>& read;

    const Json& field(const char* name) {
        read.insert(name);
        return json.at(name);
    }
    template <class T>
    void operator()(const char* name, T& value) {
        const Json& found = field(name);
        if (std::is_integral_v<T> && !found.is_number_integer())
            throw Error(ErrorKind::incompatible, std::string(name) + " must be an integer");
        value = found.template get<T>();
    }
    void operator()(const char* name, ModelConfig& value) {
        value = ModelConfig::from_text(field(name).get<std::string>());
        value.check();
    }
    void operator()(const char* name, PocketDefinition& value) {
        value = PocketDefinition::from_text(field(name).get<std::string>());
    }
    void operator()(const char* name, std::map<std::string, double>& values) {
        values.clear();
        for (const auto& [key, value] : field(name).items())
            values[key] = value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
    }
};

}  // namespace

std::string to_json(const Passport& passport) {
    Json json = Json::object();
    for_each_field(passport, Writer{json});
    if (passport.pk_sd_scale != 1) json[kScaleField] = passport.pk_sd_scale;
    // Text that came from a file name or a command line need not be UTF-8.
    return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

Passport passport_from_json(const std::string& text) {
    try {
        const Json json = Json::parse(text);
        if (!json.is_object()) throw Error(ErrorKind::incompatible, "expected a JSON object");
        if (const auto version = json.at("format_version"); version != kFormatVersion)
            throw Error(ErrorKind::incompatible, "format version " + version.dump() +
                                                     ", this keyway reads version " +
                                                     std::to_string(kFormatVersion));
        Passport passport;
        std::set<std::string> read;
        for_each_field(passport, Reader{json, read});
        if (json.contains(kScaleField)) {
            passport.pk_sd_scale = json.at(kScaleField).get<double>();
            if (!(passport.pk_sd_scale > 0) || !std::isfinite(passport.pk_sd_scale))
                throw Error(ErrorKind::incompatible, "pk_sd_scale must be a positive number");
            read.insert(kScaleField);
        }
        for (const auto& [name, value] : json.items())
            if (!read.count(name)) throw Error(ErrorKind::incompatible, "unknown field \"" + name + "\"");
        return passport;
    } catch (const Error& error) {
        throw Error(ErrorKind::incompatible, std::string("passport: ") + error.what(), error.hint());
    } catch (const Json::exception& error) {
        throw Error(ErrorKind::incompatible, std::string("passport is not valid: ") + error.what());
    }
}

}  // namespace keyway::model
