/// Rules about what stands in a file: silence, messages, form.
#include "lint/rules.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <regex>

namespace keyway::lint {
namespace {

std::string at(const SourceFile& file, std::size_t offset) {
    return file.path + ":" + std::to_string(line_of(file.text, offset)) + ": ";
}

/// Offsets right behind each match of `pattern` in the code (not in comments or literals).
template <class Function>
void for_each_match(const SourceFile& file, const std::regex& pattern, Function function) {
    for (std::sregex_iterator match(file.code.begin(), file.code.end(), pattern), end; match != end; ++match)
        function(static_cast<std::size_t>(match->position()), static_cast<std::size_t>(match->length()),
                 match->str());
}

struct Argument {
    std::size_t begin = 0, end = 0;  ///< offsets in text and code alike
};

/// Arguments of the call or braces that open right before `start`, split at their top-level commas.
std::vector<Argument> arguments_at(const std::string& code, std::size_t start) {
    std::vector<Argument> arguments;
    int depth = 0;
    std::size_t begin = start;
    for (std::size_t i = start; i < code.size(); ++i) {
        const char c = code[i];
        if (c == '(' || c == '{' || c == '[') ++depth;
        const bool closes = c == ')' || c == '}' || c == ']';
        if (depth == 0 && (closes || c == ',')) {
            arguments.push_back({begin, i});
            begin = i + 1;
        }
        if (closes && depth-- == 0) break;
    }
    return arguments;
}

/// Contents of the string literals inside an argument, adjacent ones joined.
std::vector<std::string> literals_in(const SourceFile& file, const Argument& argument) {
    std::vector<std::string> literals;
    std::size_t previous_end = std::string::npos;
    for (std::size_t i = argument.begin; i < argument.end; ++i) {
        if (file.code[i] != '"') continue;
        const std::size_t close = file.code.find('"', i + 1);
        if (close == std::string::npos || close > argument.end) break;
        const std::string content = file.text.substr(i + 1, close - i - 1);
        const bool adjacent = previous_end != std::string::npos &&
                              std::all_of(file.code.begin() + static_cast<std::ptrdiff_t>(previous_end),
                                          file.code.begin() + static_cast<std::ptrdiff_t>(i),
                                          [](unsigned char c) { return std::isspace(c); });
        if (adjacent)
            literals.back() += content;
        else
            literals.push_back(content);
        previous_end = close + 1;
        i = close;
    }
    return literals;
}

/// "expected" and "PDB", "HDF5", "RDKit", "LibTorch" are fine, "Expected" and "Cannot" are not.
bool starts_like_a_sentence(const std::string& message) {
    static const std::regex capitalised("^[A-Z][a-z]+([^A-Za-z0-9_].*)?$");
    return std::regex_match(message, capitalised);
}

bool begins_with_literal(const SourceFile& file, const Argument& argument) {
    static const std::regex prefix(R"(^\s*(fmt::format\s*\(\s*|std::string\s*\(\s*)?")");
    return std::regex_search(file.code.begin() + static_cast<std::ptrdiff_t>(argument.begin),
                             file.code.begin() + static_cast<std::ptrdiff_t>(argument.end), prefix);
}

}  // namespace

Findings check_silence(const std::vector<SourceFile>& files) {
    static const std::regex forbidden(
        R"(\bstd\s*::\s*(cout|cerr|clog|print|println|exit|abort|terminate|quick_exit|_Exit|puts|printf|fprintf)\b)"
        R"(|\b(printf|fprintf|puts|fputs|putchar|perror|exit|abort|_exit|quick_exit)\s*\()");
    Findings findings;
    for (const SourceFile& file : files) {
        if (file.module == "apps" || file.module == "tests" || file.module.empty()) continue;
        // A child process of ours that has no caller to throw to.
        if (file.path == "src/workflows/isolated_worker.cpp") continue;
        for_each_match(file, forbidden, [&](std::size_t offset, std::size_t, const std::string& what) {
            if (offset > 0 && (file.code[offset - 1] == '.' || file.code[offset - 1] == '>'))
                return;  // a member
            findings.push_back(at(file, offset) + what + ": libraries never print, exit or abort");
        });
    }
    return findings;
}

Findings check_error_messages(const std::vector<SourceFile>& files) {
    static const std::regex error(R"(\bError\s*\()"), rejection(R"(\bRejection\s*\{)"),
        code("^[A-Z][A-Z0-9_]*$");
    Findings findings;
    for (const SourceFile& file : files) {
        if (file.module == "tests") continue;
        for_each_match(file, error, [&](std::size_t offset, std::size_t length, const std::string&) {
            const auto arguments = arguments_at(file.code, offset + length);
            if (arguments.size() < 2) return;
            const auto literals = literals_in(file, arguments[1]);
            if (literals.empty()) return;
            if (begins_with_literal(file, arguments[1]) && starts_like_a_sentence(literals.front()))
                findings.push_back(at(file, offset) + "message starts with a capital: " + literals.front());
            if (literals.back().ends_with('.') && !literals.back().ends_with(".."))
                findings.push_back(at(file, offset) + "message ends with a full stop: " + literals.back());
        });
        for_each_match(file, rejection, [&](std::size_t offset, std::size_t length, const std::string&) {
            const auto arguments = arguments_at(file.code, offset + length);
            if (arguments.size() < 3) return;
            for (const std::string& reason : literals_in(file, arguments[1]))
                if (!std::regex_match(reason, code))
                    findings.push_back(at(file, offset) + "reason code is not UPPER_CASE: " + reason);
        });
    }
    return findings;
}

Findings check_file_form(const std::vector<SourceFile>& files, int max_lines) {
    static const std::regex note(std::string("\\b(TO") + "DO|FIX" + "ME|XX" + "X)\\b");
    Findings findings;
    for (const SourceFile& file : files) {
        if (!file.text.starts_with("/// ") || file.text.find('\n') < 12)
            findings.push_back(file.path + ":1: the first line does not say what the file is (/// ...)");
        if (file.is_header() && file.code.find("#pragma once") == std::string::npos)
            findings.push_back(file.path + ":1: a header without #pragma once");
        const auto lines = std::count(file.text.begin(), file.text.end(), '\n');
        if (lines > max_lines)
            findings.push_back(file.path + ":" + std::to_string(lines) + ": more than " +
                               std::to_string(max_lines) + " lines; one idea per file");
        for (std::sregex_iterator match(file.text.begin(), file.text.end(), note), end; match != end; ++match)
            findings.push_back(at(file, static_cast<std::size_t>(match->position())) +
                               "a note to self: " + match->str());
    }
    return findings;
}

}  // namespace keyway::lint
