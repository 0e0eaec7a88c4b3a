/// Scored ligands as text for people and as JSON.
#pragma once

#include "keyway/model/passport.hpp"
#include "keyway/workflows/score.hpp"

#include <string>
#include <vector>

namespace keyway::apps {

std::string to_text(const std::vector<workflows::ScoredLigand>& ligands,
                    const workflows::PreparedPocket& pocket, const model::Passport& passport, int contacts);
std::string to_json(const std::vector<workflows::ScoredLigand>& ligands,
                    const workflows::PreparedPocket& pocket, const model::Passport& passport);

/// "0.76 nM", "12 uM": a concentration in the unit a chemist would say it in.
std::string readable_concentration(double molar);

}  // namespace keyway::apps
