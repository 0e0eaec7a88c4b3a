/// Work on all ranks, with errors that reach all of them.
#include "keyway/parallel/ranks.hpp"

#include "keyway/core/error.hpp"

#include <exception>

namespace keyway::parallel {
namespace {

/// What `together` sends: "=" and the text, or "!", the kind as one character, and the message.
constexpr char kFine = '=', kFailed = '!';

std::string message_of(ErrorKind kind, const std::string& what) {
    return std::string{kFailed, static_cast<char>(exit_code(kind))} + what;
}

}  // namespace

std::vector<std::string> together(Ranks& ranks, const std::function<std::string()>& work) {
    if (ranks.size() == 1) return {work()};
    std::exception_ptr own;
    std::string message;
    try {
        message = kFine + work();
    } catch (const Error& error) {
        own = std::current_exception();
        message = message_of(error.kind(), error.what());
    } catch (const std::exception& error) {
        own = std::current_exception();
        message = message_of(ErrorKind::failure, error.what());
    }
    std::vector<std::string> messages = ranks.gather(message);
    if (own) std::rethrow_exception(own);
    for (std::size_t rank = 0; rank < messages.size(); ++rank) {
        std::string& text = messages[rank];
        if (text.front() == kFailed)
            throw Error(static_cast<ErrorKind>(text[1]),
                        "rank " + std::to_string(rank) + " failed: " + text.substr(2));
        text.erase(0, 1);
    }
    return messages;
}

std::string on_first_rank(Ranks& ranks, const std::function<std::string()>& work) {
    return together(ranks, [&] { return ranks.rank() == 0 ? work() : std::string(); }).front();
}

}  // namespace keyway::parallel
