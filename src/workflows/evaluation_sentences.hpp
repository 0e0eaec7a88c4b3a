/// The two plain sentences that an evaluation ends in.
#pragma once

#include "keyway/workflows/evaluate.hpp"

#include <string>

namespace keyway::workflows {

std::string sentence_on_atom_counting(const EvaluateResult& result);
std::string sentence_on_the_pocket(const EvaluateResult& result);

}  // namespace keyway::workflows
