/// A training domain in HDF5: flat arrays, each item's length beside them, thresholds as attributes.
#include "keyway/store/domain_file.hpp"

#include "store/hdf5.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/sha256.hpp"
#include "keyway/sample/columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace keyway::store {
namespace {

constexpr std::string_view kDomainFormat = "keyway training domain";
constexpr std::int64_t kDomainVersion = 1;

enum Part : std::size_t {
    ligand_id_lengths,
    ligand_ids,
    ligand_bit_counts,
    ligand_bits,
    pocket_id_lengths,
    pocket_ids,
    pocket_key_counts,
    pocket_keys,
    pocket_repeats,
    parts
};

constexpr ArraySpec kParts[parts] = {
    {"ligand_id_lengths", ElementType::u16, 1, Shape::item, "bytes of each ligand's name"},
    {"ligand_ids", ElementType::text, 1, Shape::ragged, "names of ligands, end to end"},
    {"ligand_bit_counts", ElementType::u16, 1, Shape::item, "set bits of each ligand"},
    {"ligand_bits", ElementType::u16, 1, Shape::ragged, "set bits of the Morgan fingerprint, radius 2"},
    {"pocket_id_lengths", ElementType::u16, 1, Shape::item, "bytes of each pocket's name"},
    {"pocket_ids", ElementType::text, 1, Shape::ragged, "names of pockets, end to end"},
    {"pocket_key_counts", ElementType::u16, 1, Shape::item, "keys of each pocket"},
    {"pocket_keys", ElementType::i32, 1, Shape::ragged, "pairs of residue types at a distance"},
    {"pocket_repeats", ElementType::u16, 1, Shape::ragged, "how often each key occurs"},
};

std::string text_of(double threshold) { return std::isfinite(threshold) ? fmt::format("{}", threshold) : ""; }

double threshold_of(const std::string& text) {
    if (text.empty()) return std::numeric_limits<double>::quiet_NaN();
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !(value >= 0 && value <= 1))
        throw Error(ErrorKind::incompatible, fmt::format("expected a threshold of 0 to 1, got '{}'", text));
    return value;
}

std::string content_hash(const DomainFile& domain, const std::vector<std::string>& array_hashes) {
    Sha256 hash;
    hash.update(fmt::format("{} {} {} {}", domain.training_data_sha256, text_of(domain.ligand_threshold),
                            text_of(domain.pocket_threshold), fmt::join(array_hashes, " ")));
    return hash.finish();
}

std::uint16_t length_of(std::size_t size, std::string_view what) {
    if (size > 65535) throw Error(ErrorKind::failure, fmt::format("{} of {} entries", what, size));
    return static_cast<std::uint16_t>(size);
}

/// Everything under `path`, whatever the file says about itself.
DomainFile read_unnamed(const std::filesystem::path& path) {
    const hdf5::Handle file = hdf5::open_file(path);
    const hid_t root = file.get();
    const auto refuse = [](const std::string& why) { throw Error(ErrorKind::incompatible, why); };
    if (hdf5::read_text_attribute(root, "format") != kDomainFormat)
        refuse("it does not hold the training domain of a model");
    if (const auto found = hdf5::read_number_attribute(root, "version"); found != kDomainVersion)
        refuse(fmt::format("its version is {}, this program reads {}", found, kDomainVersion));
    DomainFile domain;
    domain.training_data_sha256 = hdf5::read_text_attribute(root, "training_data_sha256");
    domain.ligand_threshold = threshold_of(hdf5::read_text_attribute(root, "ligand_threshold"));
    domain.pocket_threshold = threshold_of(hdf5::read_text_attribute(root, "pocket_threshold"));
    domain.content_sha256 = hdf5::read_text_attribute(root, "content_sha256");

    std::vector<hdf5::ArrayReader> arrays;
    std::vector<std::string> hashes;
    for (const auto& spec : kParts) {
        arrays.emplace_back(root, spec, std::filesystem::file_size(path));
        hashes.push_back(arrays.back().sha256());
    }
    if (content_hash(domain, hashes) != domain.content_sha256)
        refuse("its content does not have the SHA-256 that it states");

    const auto numbers = [&](Part part) {
        return arrays[part].read_as<std::uint16_t>(0, arrays[part].rows());
    };
    const auto check_total = [&](Part lengths, Part part) {
        std::uint64_t total = 0;
        for (const auto length : numbers(lengths)) total += length;
        if (total != arrays[part].rows())
            refuse(fmt::format("{} has {} rows, expected {}", kParts[part].path, arrays[part].rows(), total));
    };
    check_total(ligand_id_lengths, ligand_ids);
    check_total(ligand_bit_counts, ligand_bits);
    check_total(pocket_id_lengths, pocket_ids);
    check_total(pocket_key_counts, pocket_keys);
    check_total(pocket_key_counts, pocket_repeats);
    const auto names_of = [&](Part lengths, Part part) {
        const auto bytes = arrays[part].read_as<char>(0, arrays[part].rows());
        std::vector<std::string> names;
        auto at = bytes.begin();
        for (const auto length : numbers(lengths)) {
            names.emplace_back(at, at + length);
            at += length;
        }
        return names;
    };

    const auto ligand_names = names_of(ligand_id_lengths, ligand_ids);
    const auto bit_counts = numbers(ligand_bit_counts), bits = numbers(ligand_bits);
    if (bit_counts.size() != ligand_names.size()) refuse("its ligands and their names differ in number");
    auto bit = bits.begin();
    for (std::size_t i = 0; i < ligand_names.size(); ++i) {
        domain.ligands.push_back({ligand_names[i], {bit, bit + bit_counts[i]}});
        bit += bit_counts[i];
        const auto& own = domain.ligands.back().fingerprint;
        if (std::adjacent_find(own.begin(), own.end(), std::greater_equal<>()) != own.end() ||
            (!own.empty() && own.back() >= kFingerprintBits))
            refuse(fmt::format("ligand '{}' has bits that are not those of a fingerprint", ligand_names[i]));
    }
    const auto pocket_names = names_of(pocket_id_lengths, pocket_ids);
    const auto key_counts = numbers(pocket_key_counts), repeats = numbers(pocket_repeats);
    const auto keys = arrays[pocket_keys].read_as<std::uint32_t>(0, arrays[pocket_keys].rows());
    if (key_counts.size() != pocket_names.size()) refuse("its pockets and their names differ in number");
    std::size_t at = 0;
    for (std::size_t i = 0; i < pocket_names.size(); ++i) {
        domain.pockets.push_back({pocket_names[i], {}});
        auto& counts = domain.pockets.back().counts;
        for (const std::size_t end = at + key_counts[i]; at < end; ++at) {
            if (!counts.empty() && keys[at] <= counts.back().first)
                refuse(fmt::format("the keys of pocket '{}' are not sorted", pocket_names[i]));
            counts.emplace_back(keys[at], repeats[at]);
        }
    }
    return domain;
}

}  // namespace

void write_domain_file(const std::filesystem::path& path, IfExists if_exists, const DomainFile& domain) {
    hdf5::start();
    check_output_path(path, if_exists);
    const std::filesystem::path part = unique_part_path(path);
    try {
        hdf5::Handle file = hdf5::create_file(part);
        const hid_t root = file.get();
        std::vector<hdf5::ArrayWriter> arrays;
        for (const auto& spec : kParts) arrays.emplace_back(root, spec, Packing::compressed);
        const auto add_name = [&](Part lengths, Part names, const std::string& name) {
            const auto length = length_of(name.size(), "a name");
            arrays[lengths].append(&length, 1);
            arrays[names].append(name.data(), length);
        };
        for (const auto& ligand : domain.ligands) {
            add_name(ligand_id_lengths, ligand_ids, ligand.id);
            const auto count = length_of(ligand.fingerprint.size(), "a fingerprint");
            arrays[ligand_bit_counts].append(&count, 1);
            arrays[ligand_bits].append(ligand.fingerprint.data(), count);
        }
        for (const auto& pocket : domain.pockets) {
            add_name(pocket_id_lengths, pocket_ids, pocket.id);
            const auto count = length_of(pocket.counts.size(), "a pocket");
            arrays[pocket_key_counts].append(&count, 1);
            for (const auto& [key, repeats] : pocket.counts) {
                arrays[pocket_keys].append(&key, 1);
                arrays[pocket_repeats].append(&repeats, 1);
            }
        }
        std::vector<std::string> hashes;
        for (auto& array : arrays) hashes.push_back(array.finish());
        arrays.clear();
        hdf5::write_attribute(root, "format", kDomainFormat);
        hdf5::write_attribute(root, "version", kDomainVersion);
        hdf5::write_attribute(root, "training_data_sha256", domain.training_data_sha256);
        hdf5::write_attribute(root, "ligand_threshold", text_of(domain.ligand_threshold));
        hdf5::write_attribute(root, "pocket_threshold", text_of(domain.pocket_threshold));
        hdf5::write_attribute(root, "content_sha256", content_hash(domain, hashes));
        hdf5::commit_verified(file, part, path, [&] { read_unnamed(part); });
    } catch (...) {
        std::error_code ignored;
        std::filesystem::remove(part, ignored);
        throw;
    }
}

DomainFile read_domain_file(const std::filesystem::path& path) {
    return hdf5::naming_file(path, [&] { return read_unnamed(path); });
}

}  // namespace keyway::store
