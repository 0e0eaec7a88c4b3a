/// ModelConfig: one visible table of fields drives text, checks and equality of files.
#include "keyway/model/config.hpp"

#include "model/locations.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/text_input.hpp"

#include <charconv>
#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <vector>

namespace keyway::model {
namespace {

/// One field: how it is written, read (false = not understood) and which values are sensible.
struct Field {
    std::string_view name;
    std::function<std::string(const ModelConfig&)> write;
    std::function<bool(ModelConfig&, std::string_view)> read;
    std::function<bool(const ModelConfig&)> sensible;
    std::string_view expected;
};

template <class Number>
bool read_number(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

/// Shortest text that reads back to the same number.
template <class Number>
std::string write_number(Number number) {
    char buffer[32];
    return {buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr};
}

template <class Number>
Field number_field(std::string_view name, Number ModelConfig::*member, Number low, Number high,
                   std::string_view expected) {
    return {name, [member](const ModelConfig& c) { return write_number(c.*member); },
            [member](ModelConfig& c, std::string_view text) { return read_number(text, c.*member); },
            [=](const ModelConfig& c) { return c.*member >= low && c.*member <= high; }, expected};
}

Field switch_field(std::string_view name, bool ModelConfig::*member) {
    return {name, [member](const ModelConfig& c) { return std::string(c.*member ? "true" : "false"); },
            [member](ModelConfig& c, std::string_view text) {
                c.*member = text == "true";
                return text == "true" || text == "false";
            },
            [](const ModelConfig&) { return true; }, "true or false"};
}

/// In the order of the struct, which is the order of the text. The upper limits only keep a damaged or
/// hostile file from asking for absurd amounts of memory.
const std::vector<Field>& fields() {
    using C = ModelConfig;
    static const std::vector<Field> table = {
        number_field("pocket_channels", &C::pocket_channels, 4, 512, "4 to 512"),
        number_field("pocket_layers", &C::pocket_layers, 1, 16, "1 to 16"),
        number_field("pocket_heads", &C::pocket_heads, 1, 64, "1 to 64"),
        number_field("edge_cutoff_angstrom", &C::edge_cutoff_angstrom, 2.0, 15.0, "2 to 15"),
        number_field("spline_knots", &C::spline_knots, 4, 256, "4 to 256"),
        {"parity", [](const C& c) { return std::string(c.parity == Parity::so3 ? "so3" : "o3"); },
         [](C& c, std::string_view text) {
             c.parity = text == "o3" ? Parity::o3 : Parity::so3;
             return text == "o3" || text == "so3";
         },
         [](const C& c) { return c.parity == Parity::so3 || c.parity == Parity::o3; }, "so3 or o3"},
        number_field("ligand_channels", &C::ligand_channels, 4, 512, "4 to 512"),
        number_field("ligand_layers", &C::ligand_layers, 1, 16, "1 to 16"),
        number_field("stereo_coordinates", &C::stereo_coordinates, 1, 256, "1 to 256"),
        number_field("fusion_layers", &C::fusion_layers, 1, 16, "1 to 16"),
        number_field("fusion_heads", &C::fusion_heads, 1, 64, "1 to 64"),
        switch_field("reverse_update", &C::reverse_update),
        switch_field("grounding", &C::grounding),
        switch_field("fingerprint_sum", &C::fingerprint_sum),
        number_field("remembered_pockets", &C::remembered_pockets, 0, 4096, "0 to 4096"),
        number_field("memory_channels", &C::memory_channels, 1, 512, "1 to 512"),
        number_field("pair_channels", &C::pair_channels, 1, 512, "1 to 512"),
        number_field("distance_bins", &C::distance_bins, 2, 256, "2 to 256"),
        number_field("intra_distance_bins", &C::intra_distance_bins, 0, 256, "0 to 256"),
        number_field("retrieval_channels", &C::retrieval_channels, 1, 512, "1 to 512"),
        number_field("dropout", &C::dropout, 0.0, 0.9, "0 to 0.9"),
    };
    return table;
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

[[noreturn]] void refuse(int line, const std::string& what) {
    throw Error(ErrorKind::incompatible, "model configuration, line " + std::to_string(line) + ": " + what);
}

}  // namespace

void ModelConfig::check() const {
    for (const Field& field : fields())
        if (!field.sensible(*this))
            throw Error(ErrorKind::usage, std::string(field.name) + " must be " +
                                              std::string(field.expected) + ", got " + field.write(*this));
    if (pocket_channels % pocket_heads != 0)
        throw Error(ErrorKind::usage, "pocket_channels (" + std::to_string(pocket_channels) +
                                          ") must be a multiple of pocket_heads (" +
                                          std::to_string(pocket_heads) + ")");
    if (ligand_channels % fusion_heads != 0)
        throw Error(ErrorKind::usage, "ligand_channels (" + std::to_string(ligand_channels) +
                                          ") must be a multiple of fusion_heads (" +
                                          std::to_string(fusion_heads) + ")");
    if (grounding && fusion_layers < 2)
        throw Error(ErrorKind::usage,
                    "grounding needs fusion_layers of at least 2, got " + std::to_string(fusion_layers));
    if (grounding && ligand_channels / fusion_heads < 6)
        throw Error(ErrorKind::usage, "grounding needs at least 6 channels a head, got ligand_channels " +
                                          std::to_string(ligand_channels) + " / fusion_heads " +
                                          std::to_string(fusion_heads));
}

std::string ModelConfig::to_text() const {
    std::string text;
    for (const Field& field : fields()) text += std::string(field.name) + " = " + field.write(*this) + "\n";
    return text;
}

ModelConfig ModelConfig::from_text(const std::string& text) {
    ModelConfig config;
    std::set<std::string_view> seen;
    int number = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view whole(text.data() + begin, end - begin);
        const std::string_view line = trimmed(whole.substr(0, whole.find('#')));
        begin = end + 1;
        ++number;
        if (line.empty()) continue;
        const auto equals = line.find('=');
        if (equals == std::string_view::npos)
            refuse(number, "expected `name = value`, got \"" + std::string(line) + "\"");
        const std::string_view name = trimmed(line.substr(0, equals)),
                               value = trimmed(line.substr(equals + 1));
        const Field* known = nullptr;
        for (const Field& field : fields())
            if (field.name == name) known = &field;
        if (!known) refuse(number, "unknown name \"" + std::string(name) + "\"");
        if (!seen.insert(known->name).second) refuse(number, std::string(name) + " is given twice");
        if (!known->read(config, value))
            refuse(number, std::string(name) + " must be " + std::string(known->expected) + ", got \"" +
                               std::string(value) + "\"");
    }
    return config;
}

ModelConfig ModelConfig::named(const std::string& name_or_path) {
    const std::filesystem::path file = find_model_file(name_or_path, "model.cfg");
    ModelConfig config = from_text(read_text_file(file, 1 << 20));
    config.check();
    return config;
}

}  // namespace keyway::model
