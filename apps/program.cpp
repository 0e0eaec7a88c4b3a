/// Dispatch to verbs, help on verbs, and the one place that catches errors.
#include "program.hpp"

#include "command_line.hpp"
#include "suggest.hpp"
#include "terminal.hpp"
#include "verb.hpp"
#include "versions.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/version.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <new>
#include <vector>

namespace keyway::apps {
namespace {

using Arguments = std::span<const std::string>;

std::string overview() {
    const bool style = stdout_has_style();
    std::string out =
        "keyway predicts how tightly a small molecule binds a protein pocket.\n"
        "\n"
        "Usage:\n"
        "  keyway VERB [options]\n"
        "  keyway screen -r protein.pdb --site-ligand MK1 -l library.smi -o hits.tsv\n";
    std::string_view group;
    for (const Verb& verb : verbs()) {
        if (verb.group != group)
            out += fmt::format("\n{}{}:{}\n", style ? "\x1b[1m" : "", verb.group, style ? "\x1b[0m" : "");
        group = verb.group;
        out += fmt::format("  {:<17} {}\n", verb.name, verb.summary);
    }
    return out +
           "\n`keyway VERB -h` shows a verb on one screen, `keyway VERB --help` everything; `keyway "
           "--version`.\n"
           "Predictions are pK = -log10(K in mol/L): higher is tighter.\n";
}

/// The verb at the front of `arguments` ("dataset build" takes two words) and what follows it.
std::pair<const Verb*, Arguments> find_verb(Arguments arguments) {
    for (std::size_t words : {2u, 1u}) {
        if (arguments.size() < words) continue;
        const std::string name = words == 2 ? arguments[0] + " " + arguments[1] : arguments[0];
        for (const Verb& verb : verbs())
            if (verb.name == name) return {&verb, arguments.subspan(words)};
    }
    return {nullptr, arguments};
}

[[noreturn]] void refuse_verb(Arguments arguments) {
    const std::string& first = arguments.front();
    std::vector<std::string> names, following;
    for (const Verb& verb : verbs()) {
        const std::string name(verb.name);
        names.push_back(name);
        if (name.starts_with(first + " ")) following.push_back(name.substr(first.size() + 1));
    }
    if (!following.empty()) {
        const std::string second = arguments.size() > 1 ? arguments[1] : "";
        if (second.empty() || second.starts_with('-'))
            throw Error(ErrorKind::usage, fmt::format("'keyway {}' needs one more word", first),
                        fmt::format("one of: {}", fmt::join(following, ", ")));
        const std::string better = nearest(second, following);
        throw Error(ErrorKind::usage, fmt::format("unknown verb '{} {}'", first, printable(second)),
                    better.empty() ? fmt::format("one of: {}", fmt::join(following, ", "))
                                   : fmt::format("did you mean '{} {}'?", first, better));
    }
    if (first.starts_with('-'))
        throw Error(
            ErrorKind::usage, fmt::format("expected a verb, got option '{}'", printable(first)),
            "options follow the verb: keyway screen -r protein.pdb ...; `keyway --help` lists the verbs");
    std::string better = nearest(first, names);
    if (better.empty() && arguments.size() > 1) better = nearest(first + " " + arguments[1], names);
    throw Error(
        ErrorKind::usage, fmt::format("unknown verb '{}'", printable(first)),
        better.empty() ? "`keyway --help` lists the verbs" : fmt::format("did you mean '{}'?", better));
}

int show_help(Arguments topic) {
    if (topic.empty()) {
        std::cout << overview();
        return 0;
    }
    const auto [verb, rest] = find_verb(topic);
    if (!verb) refuse_verb(topic);
    const std::vector<std::string> full_help = {"--help"};
    return verb->run(full_help);
}

/// Words for shell completion: verbs, or the options of one verb.
int complete(Arguments topic) {
    if (const auto [verb, rest] = find_verb(topic); !topic.empty() && verb) {
        const std::vector<std::string> names_only = {kOptionNames};
        return verb->run(names_only);
    }
    for (const Verb& verb : verbs()) std::cout << verb.name << '\n';
    return 0;
}

int dispatch(Arguments arguments) {
    if (arguments.empty()) {
        std::cerr << overview();
        return exit_code(ErrorKind::usage);
    }
    const std::string& first = arguments.front();
    if (first == "-h" || first == "--help" || first == "help") return show_help(arguments.subspan(1));
    if (first == "--version" || first == "-V" || first == "version") {
        std::cout << (arguments.size() > 1 ? all_versions() : fmt::format("keyway {}\n", version()));
        return 0;
    }
    if (first == "shellcompletion") return complete(arguments.subspan(1));
    const auto [verb, rest] = find_verb(arguments);
    if (!verb) refuse_verb(arguments);
    return verb->run(rest);
}

void flush_stdout() {
    std::cout.flush();
    if (!std::cout || std::fflush(stdout) != 0)
        throw Error(ErrorKind::output,
                    fmt::format("cannot write to standard output: {}", std::strerror(errno)));
}

int say(std::string_view what, std::string_view hint, int code) {
    const bool style = isatty(STDERR_FILENO) != 0 && !std::getenv("NO_COLOR");
    fmt::print(stderr, "{}keyway: error:{} {}\n", style ? "\x1b[31m" : "", style ? "\x1b[0m" : "",
               printable(what));
    if (!hint.empty()) fmt::print(stderr, "  hint: {}\n", printable(hint));
    return code;
}

}  // namespace

int run_program(Arguments arguments) {
    try {
        errno = 0;
        const int code = dispatch(arguments);
        flush_stdout();
        return code;
    } catch (const Error& error) {
        return say(error.what(), error.hint(), exit_code(error.kind()));
    } catch (const std::bad_alloc&) {
        return say("out of memory", "try fewer --threads or a smaller --batch-size",
                   exit_code(ErrorKind::failure));
    } catch (const std::exception& error) {
        return say(
            fmt::format("internal error: {}", error.what()),
            fmt::format(
                "this is a bug in keyway {}; please report it with the command line and `keyway doctor`",
                version()),
            exit_code(ErrorKind::failure));
    }
}

}  // namespace keyway::apps
