/// keyway_demo_summary RANKING LIBRARY [MODEL_CARD]: the last step of `./run demo`.
#include "apps/demo/summary.hpp"

#include "keyway/core/error.hpp"

#include <exception>
#include <fstream>
#include <iostream>
#include <string>

namespace {

/// The model card's own words: its section "## What the number means", without the heading.
std::string what_the_number_means(const char* path) {
    std::ifstream card(path);
    std::string line, text;
    bool inside = false;
    while (std::getline(card, line)) {
        if (line.starts_with("## "))
            inside = line == "## What the number means";
        else if (inside)
            text += line + '\n';
    }
    return text;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3 && argc != 4) {
        std::cerr << "usage: keyway_demo_summary RANKING LIBRARY [MODEL_CARD]\n";
        return keyway::exit_code(keyway::ErrorKind::usage);
    }
    try {
        std::cout << keyway::demo::summarise(keyway::demo::read_ranking(argv[1], argv[2]));
        if (argc == 4) std::cout << what_the_number_means(argv[3]);
        return 0;
    } catch (const keyway::Error& error) {
        std::cerr << "error: " << error.what() << '\n';
        return keyway::exit_code(error.kind());
    } catch (const std::exception& error) {
        std::cerr << "error: " << error.what() << '\n';
        return keyway::exit_code(keyway::ErrorKind::failure);
    }
}
