/// Words for a POSIX shell: what is printed for a user to type, or written into a script.
#pragma once

#include <span>
#include <string>

namespace keyway {

/// `word` as one word of a shell, whatever it holds: plain text as it is, anything else in single quotes.
std::string shell_quoted(const std::string& word);

/// All of them, a blank between.
std::string shell_line(std::span<const std::string> words);

}  // namespace keyway
