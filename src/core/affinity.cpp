/// Parsing and printing of affinity values.
#include "keyway/core/affinity.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <string>
#include <utility>

namespace keyway {
namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
    return out;
}

/// Power of ten of a concentration unit in mol/L. Units are case-sensitive where it matters (mM, MM).
int exponent_of(std::string_view unit) {
    std::string text(unit);
    for (const std::string_view suffix : {"ol/l", "ol/L"}) {  // nmol/L -> nM
        if (text.size() > suffix.size() && text.ends_with(suffix)) {
            text.resize(text.size() - suffix.size());
            if (!text.empty() && text.back() == 'm') text.back() = 'M';
        }
    }
    static constexpr std::array<std::pair<std::string_view, int>, 8> kUnits = {{{"M", 0},
                                                                                {"mM", -3},
                                                                                {"uM", -6},
                                                                                {"\xC2\xB5M", -6},
                                                                                {"\xCE\xBCM", -6},
                                                                                {"nM", -9},
                                                                                {"pM", -12},
                                                                                {"fM", -15}}};
    for (const auto& [name, exponent] : kUnits)
        if (text == name) return exponent;
    throw Error(ErrorKind::input, fmt::format("unknown concentration unit '{}'", unit),
                "use M, mM, uM, nM, pM or fM");
}

}  // namespace

std::string_view to_string(Relation relation) {
    switch (relation) {
        case Relation::equal:
            return "=";
        case Relation::less:
            return "<";
        case Relation::greater:
            return ">";
        case Relation::approximate:
            return "~";
    }
    return "?";
}

std::string_view to_string(Measure measure) {
    switch (measure) {
        case Measure::unstated:
            return "unstated";
        case Measure::kd:
            return "Kd";
        case Measure::ki:
            return "Ki";
        case Measure::ic50:
            return "IC50";
        case Measure::ec50:
            return "EC50";
        case Measure::mixed:
            return "mixed";
    }
    return "?";
}

Relation parse_relation(std::string_view text) {
    if (text == "=" || text == "==") return Relation::equal;
    if (text == "<" || text == "<=" || text == "<<") return Relation::less;
    if (text == ">" || text == ">=" || text == ">>") return Relation::greater;
    if (text == "~") return Relation::approximate;
    throw Error(ErrorKind::input, fmt::format("unknown relation '{}'", text), "use =, <, >, <=, >= or ~");
}

Measure parse_measure(std::string_view text) {
    const std::string name = lower(text);
    if (name == "kd") return Measure::kd;
    if (name == "ki") return Measure::ki;
    if (name == "ic50") return Measure::ic50;
    if (name == "ec50") return Measure::ec50;
    if (name == "mixed") return Measure::mixed;
    if (name.empty() || name == "dg" || name == "unstated") return Measure::unstated;
    throw Error(ErrorKind::input, fmt::format("unknown measure '{}'", text),
                "use Kd, Ki, IC50, EC50, dG or mixed");
}

double pk_from_concentration(double value, std::string_view unit) {
    const int exponent = exponent_of(unit);
    if (!(value > 0) || !std::isfinite(value))
        throw Error(ErrorKind::input, fmt::format("concentration must be positive, got {} {}", value, unit));
    const double pk = -std::log10(value) - exponent;
    if (pk < kMinPk || pk > kMaxPk)
        throw Error(ErrorKind::input,
                    fmt::format("{} {} is pK {:.2f}, outside {} to {}", value, unit, pk, kMinPk, kMaxPk),
                    "check the unit");
    return pk;
}

Relation flipped(Relation relation) {
    if (relation == Relation::less) return Relation::greater;
    if (relation == Relation::greater) return Relation::less;
    return relation;
}

}  // namespace keyway
