/// Where to cut: the ways a user names a binding site, each checked when it is written, not when it is used.
#include "chem/reference_points.hpp"
#include "chem/residue_names.hpp"
#include "chem/residue_spec.hpp"
#include "chem/text_fields.hpp"
#include "chem/text_lines.hpp"

#include "keyway/chem/pocket.hpp"
#include "keyway/core/error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>

namespace keyway::chem {
namespace {

constexpr std::size_t kDrugLikeHeavyAtoms = 7;

std::string upper(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return result;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (;;) {
        const auto at = text.find(separator);
        parts.emplace_back(trimmed(text.substr(0, at)));
        if (at == text.npos) return parts;
        text.remove_prefix(at + 1);
    }
}

/// "60A" -> 60, 'A'; "-3" -> -3. False for another form.
bool parse_residue_number(std::string text, ResidueSpec& spec) {
    if (!text.empty() && std::isalpha(static_cast<unsigned char>(text.back()))) {
        spec.insertion_code = static_cast<char>(std::toupper(static_cast<unsigned char>(text.back())));
        text.pop_back();
    }
    int number = 0;
    if (!parse_number(std::string_view(text), number)) return false;
    spec.number = number;
    return true;
}

std::string chain_of(const std::string& text) { return text == "_" ? "" : text; }

void check_finite(const std::array<double, 3>& values, const char* what) {
    for (const double x : values) {
        if (!std::isfinite(x) || std::abs(x) > 1e5) {
            throw Error(ErrorKind::usage, fmt::format("{} should be three numbers in A, got {}", what, x),
                        "for example --center 12.5,-3,40");
        }
    }
}

}  // namespace

bool ResidueSpec::matches(const Residue& residue) const {
    return (name.empty() || name == residue.name) && (!chain || *chain == residue.chain) &&
           (!number || (*number == residue.number && insertion_code == residue.insertion_code));
}

ResidueSpec ligand_spec(const std::string& text) {
    const auto parts = split(text, ':');
    ResidueSpec spec;
    bool valid = parts.size() <= 3 && !parts[0].empty();
    if (valid) spec.name = upper(parts[0]);
    if (valid && parts.size() > 1 && !parts[1].empty()) spec.chain = chain_of(parts[1]);
    if (valid && parts.size() > 2) valid = parse_residue_number(parts[2], spec);
    if (!valid) {
        throw Error(ErrorKind::usage,
                    fmt::format("site ligand should be NAME[:CHAIN[:NUMBER]], got '{}'", text),
                    "for example ATP, ATP:A or ATP:A:501; _ stands for a blank chain id");
    }
    return spec;
}

ResidueSpec residue_spec(const std::string& text) {
    const auto parts = split(text, ':');
    ResidueSpec spec;
    const bool valid = parts.size() <= 3 && parse_residue_number(parts.back(), spec);
    if (!valid) {
        throw Error(ErrorKind::usage, fmt::format("residue should be CHAIN:NUMBER, got '{}'", text),
                    "for example A:25, A:60A (insertion code), B:-3 or _:7 (blank chain id)");
    }
    if (parts.size() > 1) spec.chain = chain_of(parts[0]);
    if (parts.size() > 2) spec.name = upper(parts[1]);
    return spec;
}

std::string Site::describe() const {
    switch (kind) {
        case Kind::none:
            return "no site";
        case Kind::points:
            return points_angstrom.size() == 1 && source.empty()
                       ? fmt::format("centre {:.3f},{:.3f},{:.3f}", points_angstrom[0][0],
                                     points_angstrom[0][1], points_angstrom[0][2])
                       : fmt::format("reference ligand {} ({} heavy atoms)", source, points_angstrom.size());
        case Kind::ligand_in_structure:
            return fmt::format("ligand {} of the structure", ligand_spec);
        case Kind::residues:
            return fmt::format("residues {}", fmt::join(residues, ","));
        case Kind::box:
            return fmt::format("box of {:g} x {:g} x {:g} A at {:.3f},{:.3f},{:.3f}", size_angstrom[0],
                               size_angstrom[1], size_angstrom[2], centre_angstrom[0], centre_angstrom[1],
                               centre_angstrom[2]);
    }
    return {};
}

Site site_from_ligand_file(const std::filesystem::path& path) {
    Site site;
    site.kind = Site::Kind::points;
    site.points_angstrom = reference_points(path);
    site.source = path.string();
    return site;
}

Site site_from_structure_ligand(const std::string& spec) {
    ligand_spec(spec);
    Site site;
    site.kind = Site::Kind::ligand_in_structure;
    site.ligand_spec = spec;
    site.source = spec;
    return site;
}

Site site_from_residues(const std::string& comma_separated) {
    Site site;
    site.kind = Site::Kind::residues;
    site.source = comma_separated;
    for (const auto& item : split(comma_separated, ',')) {
        if (item.empty()) continue;
        residue_spec(item);
        site.residues.push_back(item);
    }
    if (site.residues.empty()) {
        throw Error(ErrorKind::usage, "the list of pocket residues is empty", "for example A:25,A:60A,B:-3");
    }
    return site;
}

Site site_from_centre(const std::array<double, 3>& centre_angstrom) {
    check_finite(centre_angstrom, "the site centre");
    Site site;
    site.kind = Site::Kind::points;
    site.points_angstrom = {centre_angstrom};
    site.centre_angstrom = centre_angstrom;
    return site;
}

Site site_from_box(const std::array<double, 3>& centre_angstrom, const std::array<double, 3>& size_angstrom) {
    check_finite(centre_angstrom, "the box centre");
    check_finite(size_angstrom, "the box size");
    if (std::any_of(size_angstrom.begin(), size_angstrom.end(), [](double x) { return x <= 0; })) {
        throw Error(ErrorKind::usage, "the box size should be three positive edge lengths in A",
                    "for example --center 12.5,-3,40 --size 22,22,22");
    }
    Site site;
    site.kind = Site::Kind::box;
    site.centre_angstrom = centre_angstrom;
    site.size_angstrom = size_angstrom;
    return site;
}

std::string ligand_label(const Residue& residue) {
    const std::string code = residue.insertion_code == ' ' ? "" : std::string(1, residue.insertion_code);
    return fmt::format("{}:{}:{}{}", residue.name, residue.chain.empty() ? "_" : residue.chain,
                       residue.number, code);
}

std::vector<std::string> candidate_ligands(const Structure& structure) {
    std::vector<std::string> ligands, cofactors;
    for (const auto& residue : structure.residues) {
        if (residue.kind != ResidueKind::other || residue.atoms.size() < kDrugLikeHeavyAtoms) continue;
        const auto what = het_class(residue.name);
        if (what == HetClass::unknown) ligands.push_back(ligand_label(residue));
        if (what == HetClass::cofactor) cofactors.push_back(ligand_label(residue));
    }
    return ligands.empty() ? cofactors : ligands;
}

}  // namespace keyway::chem
