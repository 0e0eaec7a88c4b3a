/// Reads sources and blanks what is not code.
#include "lint/source_file.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

namespace keyway::lint {
namespace {

namespace fs = std::filesystem;

std::string module_of(const std::string& path) {
    static const std::regex pattern("^(?:include/keyway|src)/([a-z_]+)/.*|^(apps|datasets|tests)/.*");
    std::smatch match;
    if (!std::regex_match(path, match, pattern)) return {};
    return match[1].matched ? match[1] : match[2];
}

/// End of the literal that starts at `start` (a quote, or R of a raw string).
std::size_t end_of_literal(const std::string& text, std::size_t start) {
    if (text[start] == 'R') {
        const std::size_t open = text.find('(', start);
        const std::string close = ")" + text.substr(start + 2, open - start - 2) + "\"";
        const std::size_t end = text.find(close, open);
        return end == std::string::npos ? text.size() : end + close.size();
    }
    std::size_t i = start + 1;
    while (i < text.size() && text[i] != text[start]) i += text[i] == '\\' ? 2 : 1;
    return std::min(i + 1, text.size());
}

/// A quote between digits (1'000'000) separates them.
bool starts_literal(const std::string& text, std::size_t i) {
    const bool after_word =
        i > 0 && (std::isalnum(static_cast<unsigned char>(text[i - 1])) || text[i - 1] == '_');
    if (text[i] == '"') return true;
    if (text[i] == '\'') return !after_word;
    return text[i] == 'R' && i + 1 < text.size() && text[i + 1] == '"' && !after_word;
}

std::string blanked(const std::string& text) {
    std::string code = text;
    const auto blank = [&](std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to; ++i)
            if (code[i] != '\n') code[i] = ' ';
    };
    for (std::size_t i = 0; i < text.size();) {
        std::size_t end = i + 1;
        if (text.compare(i, 2, "//") == 0) {
            end = std::min(text.find('\n', i), text.size());
            blank(i, end);
        } else if (text.compare(i, 2, "/*") == 0) {
            const std::size_t close = text.find("*/", i + 2);
            end = close == std::string::npos ? text.size() : close + 2;
            blank(i, end);
        } else if (starts_literal(text, i)) {
            end = end_of_literal(text, i);
            blank(i + 1, end - 1);
        }
        i = end;
    }
    return code;
}

std::vector<Include> includes_of(const std::string& text) {
    static const std::regex pattern(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
    std::vector<Include> includes;
    std::istringstream lines(text);
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
        std::smatch match;
        if (std::regex_search(line, match, pattern)) includes.push_back({match[2], match[1] == "\"", number});
    }
    return includes;
}

}  // namespace

SourceFile make_source_file(std::string path, std::string text) {
    SourceFile file;
    file.module = module_of(path);
    file.path = std::move(path);
    file.code = blanked(text);
    file.includes = includes_of(text);
    file.text = std::move(text);
    return file;
}

std::vector<SourceFile> read_sources(const fs::path& repository) {
    std::vector<SourceFile> files;
    for (const char* folder : {"include", "src", "apps", "datasets", "tests"})
        for (const auto& entry : fs::recursive_directory_iterator(repository / folder)) {
            const std::string ending = entry.path().extension();
            if (!entry.is_regular_file() || (ending != ".hpp" && ending != ".cpp")) continue;
            std::ifstream in(entry.path(), std::ios::binary);
            files.push_back(make_source_file(fs::relative(entry.path(), repository).generic_string(),
                                             {std::istreambuf_iterator<char>(in), {}}));
        }
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    return files;
}

int line_of(const std::string& text, std::size_t offset) {
    return 1 + static_cast<int>(
                   std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

}  // namespace keyway::lint
