/// What `./run demo` says about its ranking: where the known inhibitors came, beside a ranking by size alone.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace keyway::demo {

/// A drug of the library and what the screen said about it.
struct Drug {
    std::string name;
    std::string drug_class;
    int heavy_atoms = 0;
    double pk_pred = 0;
    std::string rejected_because;  ///< reason code; empty: it was scored
};

/// "C27H37N3O7S" has 38. Charges at the end are ignored. Throws Error(input) for text that is no formula.
int heavy_atoms_in_formula(std::string_view formula);

/// Joins the screen's table (id, status, reason, pk_pred) with the library (name, formula, class).
/// Throws Error(input) if a drug of the library has no row, or more than one.
std::vector<Drug> read_ranking(const std::filesystem::path& ranking, const std::filesystem::path& library);

/// Probability that a known inhibitor has a larger value than another drug; ties count one half. 0.5 is
/// chance. NaN when either side is empty.
double ranking_auc(const std::vector<double>& known, const std::vector<double>& others);

struct SummaryOptions {
    std::string target = "HIV-1 protease";
    std::string known_class = "HIV protease inhibitor";
    int top = 20;
};

/// The text for people: the top of the ranking, the places of the known inhibitors, and what that is worth.
std::string summarise(std::vector<Drug> drugs, const SummaryOptions& options = {});

}  // namespace keyway::demo
