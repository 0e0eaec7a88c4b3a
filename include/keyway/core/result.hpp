/// A value or the reason why a record was refused. A bad record is a value, never an exception.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace keyway {

/// Why a record gives no result. `reason` is a stable upper-case code that scripts may match
/// (for example `SMILES_SYNTAX`, `TOO_LARGE`); `message` is for people.
struct Rejection {
    std::string stage;  ///< read, parse, standardise, pocket, features, score
    std::string reason;
    std::string message;
};

template <class T>
class Result {
public:
    Result(T value) : content_(std::move(value)) {}                  // NOLINT: implicit on purpose
    Result(Rejection rejection) : content_(std::move(rejection)) {}  // NOLINT

    bool ok() const { return content_.index() == 0; }
    explicit operator bool() const { return ok(); }
    T& value() { return std::get<0>(content_); }
    const T& value() const { return std::get<0>(content_); }
    const Rejection& rejection() const { return std::get<1>(content_); }

private:
    std::variant<T, Rejection> content_;
};

}  // namespace keyway
