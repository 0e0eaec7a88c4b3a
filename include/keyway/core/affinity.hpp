/// Affinity values: pK = -log10(Kd, Ki, IC50 or EC50 in mol/L). Higher pK is tighter binding.
#pragma once

#include <cstdint>
#include <string_view>

namespace keyway {

/// How the reported number relates to the true pK: `less` means the true pK is at most the number.
/// A measured `Kd > 10 uM` is therefore `less` (about pK 5). Stored as these integers in HDF5.
enum class Relation : std::uint8_t { equal = 0, less = 1, greater = 2, approximate = 3 };

/// What was measured. `unstated` is used for free energies and for tables that do not say.
enum class Measure : std::uint8_t { unstated = 0, kd = 1, ki = 2, ic50 = 3, ec50 = 4, mixed = 5 };

struct Affinity {
    double pk = 0;
    Relation relation = Relation::equal;
    Measure measure = Measure::unstated;
};

/// Gas constant times 298.15 K times ln 10 [kcal/mol]: dG = -kKcalPerPk * pK.
inline constexpr double kKcalPerPk = 1.3642;

/// Smallest and largest pK that is believed (`design/reliability.md` C10).
inline constexpr double kMinPk = 0.0;
inline constexpr double kMaxPk = 15.0;

std::string_view to_string(Relation relation);  // "=", "<", ">", "~"
std::string_view to_string(Measure measure);    // "Kd", "Ki", "IC50", "EC50", "mixed", "unstated"

/// "=", "<", ">", "~", "<=", ">=" (the last two lose their equality). Throws Error(input) else.
Relation parse_relation(std::string_view text);
/// Case-insensitive; "dG" and "" give `unstated`. Throws Error(input) for anything else.
Measure parse_measure(std::string_view text);

/// pK of a concentration. Units: M, mM, uM (also both Unicode micro signs), nM, pM, fM, nmol/L ...
/// Throws Error(input) for an unknown unit, a value that is not positive, or a pK outside [0, 15].
double pk_from_concentration(double value, std::string_view unit);

/// The relation of a concentration turned into the relation of its pK (`<` becomes `>`).
Relation flipped(Relation relation);

inline double kd_nm_from_pk(double pk) { return __builtin_pow(10.0, 9.0 - pk); }
inline double dg_kcal_mol_from_pk(double pk) { return -kKcalPerPk * pk; }

}  // namespace keyway
