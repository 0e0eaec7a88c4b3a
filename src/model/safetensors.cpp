/// Strict safetensors: everything is checked before it is believed or allocated.
#include "model/safetensors.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/output_file.hpp"
#include "keyway/core/sha256.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <set>

namespace keyway::model {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors data are little endian");

using Json = nlohmann::json;

constexpr std::uint64_t kMaxHeaderBytes = 1 << 20;
constexpr std::size_t kMaxTensors = 10'000;
constexpr std::uint64_t kMaxDataBytes = std::uint64_t{4} << 30;
constexpr std::size_t kMaxRank = 8;
constexpr std::size_t kMaxNesting = 3;  ///< header object, tensor object, shape array
constexpr char kMetadataKey[] = "__metadata__";
constexpr char kChecksumKey[] = "sha256";
constexpr TensorType kTypes[] = {TensorType::f32, TensorType::f64, TensorType::i64, TensorType::u8};

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorKind::incompatible, what); }

bool is_plain_name(const std::string& name) {
    return !name.empty() && name.size() <= 256 && name != kMetadataKey &&
           std::all_of(name.begin(), name.end(), [](unsigned char c) {
               return std::isalnum(c) || c == '_' || c == '.' || c == '/' || c == '-';
           });
}

template <class Number>
bool all_finite(std::span<const std::byte> bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(Number)) {
        Number number;  // copied: a mapped or hostile buffer need not be aligned
        std::memcpy(&number, bytes.data() + at, sizeof number);
        if (!std::isfinite(number)) return false;
    }
    return true;
}

bool all_finite(TensorType type, std::span<const std::byte> bytes) {
    if (type == TensorType::f32) return all_finite<float>(bytes);
    if (type == TensorType::f64) return all_finite<double>(bytes);
    return true;
}

/// Unambiguous for hashing: length, then text.
void hash_text(Sha256& hash, std::string_view text) {
    const std::uint64_t length = text.size();
    hash.update(&length, sizeof length);
    hash.update(text);
}

/// Covers what the bytes mean as well as the bytes.
std::string file_checksum(const Metadata& metadata, std::span<const TensorSpec> specs,
                          const std::string& tensor_sha256) {
    Sha256 hash;
    for (const auto& [key, value] : metadata) {
        hash_text(hash, key);
        hash_text(hash, value);
    }
    for (const TensorSpec& spec : specs) {
        hash_text(hash, spec.name);
        hash_text(hash, to_string(spec.type));
        for (const std::int64_t length : spec.shape) hash_text(hash, std::to_string(length));
    }
    hash_text(hash, tensor_sha256);
    return hash.finish();
}

/// Refuses duplicate keys and deep nesting, which plain parsing would accept.
Json parse_header(const std::string& text) {
    std::vector<std::set<std::string>> keys;
    std::size_t depth = 0;
    const auto watch = [&](int, Json::parse_event_t event, Json& parsed) {
        using Event = Json::parse_event_t;
        if (event == Event::object_start || event == Event::array_start) {
            if (++depth > kMaxNesting) refuse("the header is nested too deeply");
            if (event == Event::object_start) keys.emplace_back();
        } else if (event == Event::object_end || event == Event::array_end) {
            --depth;
            if (event == Event::object_end) keys.pop_back();
        } else if (event == Event::key && !keys.back().insert(parsed.get<std::string>()).second) {
            refuse("the header has the key \"" + parsed.get<std::string>() + "\" twice");
        }
        return true;
    };
    try {
        Json header = Json::parse(text, watch);
        if (!header.is_object()) refuse("the header is not a JSON object");
        return header;
    } catch (const Json::exception& error) {
        refuse(std::string("the header is not valid JSON: ") + error.what());
    }
}

std::uint64_t unsigned_number(const Json& json, const std::string& what) {
    if (!json.is_number_unsigned()) refuse(what + " must be a whole number, got " + json.dump());
    return json.get<std::uint64_t>();
}

struct Entry {
    TensorSpec spec;
    std::uint64_t begin = 0, end = 0;
};

Entry parse_entry(const std::string& name, const Json& json) {
    if (!is_plain_name(name)) refuse("a tensor has an unusual name: " + Json(name).dump());
    if (!json.is_object() || json.size() != 3 || !json.contains("dtype") || !json.contains("shape") ||
        !json.contains("data_offsets"))
        refuse("tensor " + name + ": expected dtype, shape and data_offsets");
    Entry entry;
    entry.spec.name = name;
    const auto type = std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [&](TensorType known) { return json["dtype"] == to_string(known); });
    if (type == std::end(kTypes)) refuse("tensor " + name + ": unknown dtype " + json["dtype"].dump());
    entry.spec.type = *type;
    const Json &shape = json["shape"], &offsets = json["data_offsets"];
    if (!shape.is_array() || shape.size() > kMaxRank)
        refuse("tensor " + name + ": bad shape " + shape.dump());
    for (const Json& length : shape) {
        const std::uint64_t number = unsigned_number(length, "tensor " + name + ": a length in shape");
        if (number > kMaxDataBytes) refuse("tensor " + name + ": the shape is too large");
        entry.spec.shape.push_back(static_cast<std::int64_t>(number));
    }
    if (!offsets.is_array() || offsets.size() != 2) refuse("tensor " + name + ": bad data_offsets");
    entry.begin = unsigned_number(offsets[0], "tensor " + name + ": data_offsets");
    entry.end = unsigned_number(offsets[1], "tensor " + name + ": data_offsets");
    if (entry.end < entry.begin || entry.end - entry.begin != entry.spec.bytes())
        refuse("tensor " + name + ": data_offsets do not fit shape and dtype");
    return entry;
}

Metadata parse_metadata(const Json& json) {
    if (!json.is_object()) refuse("__metadata__ is not an object");
    Metadata metadata;
    for (const auto& [key, value] : json.items()) {
        if (!value.is_string()) refuse("__metadata__: " + key + " is not text");
        metadata[key] = value.get<std::string>();
    }
    return metadata;
}

/// In file order, proven to tile [0, data_bytes) exactly.
std::vector<Entry> parse_entries(const Json& header, std::uint64_t data_bytes) {
    if (header.size() > kMaxTensors + 1) refuse("the header lists more than 10000 tensors");
    std::vector<Entry> entries;
    for (const auto& [name, json] : header.items())
        if (name != kMetadataKey) entries.push_back(parse_entry(name, json));
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return std::tie(a.begin, a.end, a.spec.name) < std::tie(b.begin, b.end, b.spec.name);
    });
    std::uint64_t at = 0;
    for (const Entry& entry : entries) {
        if (entry.begin != at)
            refuse("tensor " + entry.spec.name + ": bytes are missing or used twice before it");
        at = entry.end;
    }
    if (at != data_bytes)
        refuse("the file is truncated or has surplus bytes: expected " + std::to_string(at) +
               " bytes of data, got " + std::to_string(data_bytes));
    return entries;
}

std::string shape_text(const TensorSpec& spec) {
    std::string text(to_string(spec.type));
    text += " [";
    for (std::size_t i = 0; i < spec.shape.size(); ++i) {
        if (i > 0) text += ", ";
        text += std::to_string(spec.shape[i]);
    }
    return text += "]";
}

std::string header_text(std::span<const TensorBytes> tensors, const Metadata& metadata) {
    nlohmann::ordered_json header = nlohmann::ordered_json::object();
    header[kMetadataKey] = metadata;
    std::uint64_t at = 0;
    for (const TensorBytes& tensor : tensors) {
        const std::uint64_t end = at + tensor.bytes.size();
        header[tensor.spec.name] = {{"dtype", to_string(tensor.spec.type)},
                                    {"shape", tensor.spec.shape},
                                    {"data_offsets", {at, end}}};
        at = end;
    }
    std::string text = header.dump(-1, ' ', false, Json::error_handler_t::strict);
    text.resize((text.size() + 7) / 8 * 8, ' ');  // aligned data for those who map the file
    return text;
}

}  // namespace

std::size_t width(TensorType type) {
    switch (type) {
        case TensorType::f32:
            return 4;
        case TensorType::f64:
            return 8;
        case TensorType::i64:
            return 8;
        case TensorType::u8:
            return 1;
    }
    throw Error(ErrorKind::failure, "unknown tensor type");
}

std::string_view to_string(TensorType type) {
    switch (type) {
        case TensorType::f32:
            return "F32";
        case TensorType::f64:
            return "F64";
        case TensorType::i64:
            return "I64";
        case TensorType::u8:
            return "U8";
    }
    throw Error(ErrorKind::failure, "unknown tensor type");
}

std::uint64_t TensorSpec::bytes() const {
    std::uint64_t product = width(type);
    for (const std::int64_t length : shape)
        if (length < 0 || __builtin_mul_overflow(product, static_cast<std::uint64_t>(length), &product))
            refuse("tensor " + name + ": the shape overflows");
    return product;
}

std::string sha256_of_tensors(std::span<const TensorBytes> tensors) {
    Sha256 hash;
    for (const TensorBytes& tensor : tensors) hash.update(tensor.bytes.data(), tensor.bytes.size());
    return hash.finish();
}

void write_tensor_file(const std::filesystem::path& path, std::span<const TensorBytes> tensors,
                       Metadata metadata) {
    const auto fail = [&](const std::string& what) {
        throw Error(ErrorKind::failure, "cannot write " + path.string() + ": " + what);
    };
    std::set<std::string> names;
    std::vector<TensorSpec> specs;
    for (const TensorBytes& tensor : tensors) {
        const TensorSpec& spec = tensor.spec;
        if (!is_plain_name(spec.name) || !names.insert(spec.name).second)
            fail("bad or repeated tensor name \"" + spec.name + "\"");
        if (spec.bytes() != tensor.bytes.size())
            fail("tensor " + spec.name + " has the wrong number of bytes");
        if (!all_finite(spec.type, tensor.bytes))
            fail("tensor " + spec.name + " has a value that is not finite");
        specs.push_back(spec);
    }
    metadata.erase(kChecksumKey);
    metadata[kChecksumKey] = file_checksum(metadata, specs, sha256_of_tensors(tensors));
    std::string header;
    try {
        header = header_text(tensors, metadata);
    } catch (const Json::exception& error) {
        fail(std::string("metadata: ") + error.what());
    }
    if (header.size() > kMaxHeaderBytes) fail("the header would exceed 1 MiB");

    OutputFile file(path, IfExists::overwrite);
    const std::uint64_t length = header.size();
    file.write({reinterpret_cast<const char*>(&length), sizeof length});
    file.write(header);
    for (const TensorBytes& tensor : tensors)
        file.write({reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size()});
    file.commit();
}

TensorFile::TensorFile(const std::filesystem::path& path) : where_(path.string()) {
    std::error_code error;
    if (std::filesystem::is_directory(path, error))
        throw Error(ErrorKind::input, where_ + " is a folder, expected a weights file");
    std::ifstream in(path, std::ios::binary);
    if (!in) throw Error(ErrorKind::input, "cannot open " + where_);
    const std::uint64_t file_bytes = std::filesystem::file_size(path, error);
    if (error) throw Error(ErrorKind::input, "cannot tell the size of " + where_ + ": " + error.message());

    try {
        std::uint64_t header_bytes = 0;
        if (!in.read(reinterpret_cast<char*>(&header_bytes), sizeof header_bytes))
            refuse("it is shorter than 8 bytes");
        if (header_bytes > kMaxHeaderBytes || header_bytes < 2)
            refuse("it is no safetensors file, or its header exceeds 1 MiB");
        if (header_bytes > file_bytes - 8) refuse("it is truncated inside the header");
        std::string text(header_bytes, '\0');
        if (!in.read(text.data(), static_cast<std::streamsize>(header_bytes)))
            refuse("it is truncated inside the header");
        if (text[0] != '{') refuse("the header does not start with {");

        const Json header = parse_header(text);
        if (!header.contains(kMetadataKey)) refuse("the header has no __metadata__");
        metadata_ = parse_metadata(header[kMetadataKey]);
        const std::uint64_t data_bytes = file_bytes - 8 - header_bytes;
        if (data_bytes > kMaxDataBytes) refuse("it holds more than 4 GiB");
        for (Entry& entry : parse_entries(header, data_bytes)) {
            specs_.push_back(std::move(entry.spec));
            begins_.push_back(entry.begin);
        }
        data_.resize(data_bytes);
        if (!in.read(reinterpret_cast<char*>(data_.data()), static_cast<std::streamsize>(data_bytes)))
            refuse("it is truncated");

        Sha256 hash;
        hash.update(data_.data(), data_.size());
        tensor_sha256_ = hash.finish();
        const std::string stated = metadata(kChecksumKey);
        metadata_.erase(kChecksumKey);
        if (stated != file_checksum(metadata_, specs_, tensor_sha256_))
            refuse("the checksum does not fit the content: the file is damaged");
        for (std::size_t i = 0; i < specs_.size(); ++i)
            if (!all_finite(specs_[i].type, std::span(data_).subspan(begins_[i], specs_[i].bytes())))
                refuse("tensor " + specs_[i].name + " has a value that is not finite");
    } catch (const Error& damage) {
        throw Error(damage.kind(), where_ + ": " + damage.what(),
                    "fetch or make the file again; keyway reads only its own safetensors files");
    }
}

const std::string& TensorFile::metadata(const std::string& key) const {
    const auto found = metadata_.find(key);
    if (found == metadata_.end()) refuse(where_ + ": the metadata lack \"" + key + "\"");
    return found->second;
}

std::span<const std::byte> TensorFile::bytes(const std::string& name, TensorType type) const {
    for (std::size_t i = 0; i < specs_.size(); ++i)
        if (specs_[i].name == name && specs_[i].type == type)
            return std::span(data_).subspan(begins_[i], specs_[i].bytes());
    refuse(where_ + ": there is no tensor " + name + " of type " + std::string(to_string(type)));
}

void TensorFile::expect(std::span<const TensorSpec> expected) const {
    std::map<std::string, const TensorSpec*> found;
    for (const TensorSpec& spec : specs_) found[spec.name] = &spec;
    for (const TensorSpec& spec : expected) {
        const auto it = found.find(spec.name);
        if (it == found.end()) refuse(where_ + ": tensor " + spec.name + " is missing");
        if (*it->second != spec)
            refuse(where_ + ": tensor " + spec.name + ": expected " + shape_text(spec) + ", got " +
                   shape_text(*it->second));
        found.erase(it);
    }
    if (!found.empty()) refuse(where_ + ": unexpected tensor " + found.begin()->first);
}

}  // namespace keyway::model
