/// RDKit's exceptions as reason codes: translated here and nowhere else.
#pragma once

#include "keyway/core/result.hpp"

#include <GraphMol/SanitException.h>
#include <fmt/format.h>

#include <exception>
#include <new>
#include <optional>
#include <string>

namespace keyway::chem {

/// Runs `work`; whatever RDKit throws becomes a rejection: VALENCE, KEKULE or SANITISE where it says so, else
/// `otherwise`. Running out of memory is passed on.
template <class Work>
std::optional<Rejection> guarded(const char* stage, const char* otherwise, Work&& work) {
    try {
        work();
        return std::nullopt;
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const RDKit::AtomValenceException& error) {
        return Rejection{stage, "VALENCE", error.what()};
    } catch (const RDKit::AtomKekulizeException& error) {
        return Rejection{stage, "KEKULE", error.what()};
    } catch (const RDKit::KekulizeException& error) {
        return Rejection{stage, "KEKULE",
                         fmt::format("{}; an aromatic nitrogen may lack its hydrogen ([nH])", error.what())};
    } catch (const RDKit::MolSanitizeException& error) {
        return Rejection{stage, "SANITISE", error.what()};
    } catch (const std::exception& error) {
        std::string message = error.what();
        while (!message.empty() && message.back() == '\n') message.pop_back();
        return Rejection{stage, otherwise, message};
    }
}

}  // namespace keyway::chem
