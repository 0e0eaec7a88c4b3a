/// `keyway`: how tightly a small molecule binds a protein pocket.
#include "command_line.hpp"
#include "program.hpp"

#include <string>
#include <vector>

int main(int argc, char** argv) {
    keyway::apps::install_signal_handlers();
    const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    return keyway::apps::run_program(arguments);
}
