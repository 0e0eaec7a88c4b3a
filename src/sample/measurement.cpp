/// Names of the splits.
#include "keyway/sample/measurement.hpp"

#include "keyway/core/error.hpp"

namespace keyway {

std::string_view to_string(Split split) {
    switch (split) {
        case Split::none:
            return "none";
        case Split::train:
            return "train";
        case Split::valid:
            return "valid";
        case Split::test:
            return "test";
    }
    return "?";
}

Split parse_split(std::string_view text) {
    if (text == "train") return Split::train;
    if (text == "valid") return Split::valid;
    if (text == "test") return Split::test;
    if (text.empty() || text == "none") return Split::none;
    throw Error(ErrorKind::input, "unknown split '" + std::string(text) + "'",
                "use train, valid, test or none");
}

}  // namespace keyway
