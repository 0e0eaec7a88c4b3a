/// A source file as the lint rules see it: text, code without comments and literals, and its includes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace keyway::lint {

struct Include {
    std::string path;
    bool quoted = false;  ///< "..." or <...>
    int line = 0;
};

struct SourceFile {
    std::string path;    ///< relative to the repository, with '/'
    std::string module;  ///< "chem", "apps", "datasets", "tests"; empty elsewhere
    std::string text;
    std::string code;  ///< text with comments blanked and literals emptied; same line numbers
    std::vector<Include> includes;

    bool is_header() const { return path.ends_with(".hpp"); }
};

/// Rule findings are "path:line: what is wrong"; an empty list is a clean tree.
using Findings = std::vector<std::string>;

SourceFile make_source_file(std::string path, std::string text);

/// All .hpp and .cpp under include, src, apps, datasets and tests, sorted by path.
std::vector<SourceFile> read_sources(const std::filesystem::path& repository);

/// Line of an offset in a text, from 1.
int line_of(const std::string& text, std::size_t offset);

}  // namespace keyway::lint
