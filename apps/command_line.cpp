/// Declares, reads, explains: one verb's options from flags, environment and config file.
#include "command_line.hpp"

#include "option_help.hpp"
#include "suggest.hpp"
#include "terminal.hpp"

#include "keyway/core/error.hpp"
#include "keyway/core/text_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <sstream>

namespace keyway::apps {
namespace po = boost::program_options;
namespace {

constexpr auto kCommon = "General";
constexpr auto kWords = "word-without-option";  // collects what no option asked for

/// What other programs call it: docking programs, chemprop, samtools.
const std::map<std::string, std::string, std::less<>> kOtherNames = {
    {"cpu", "threads"},     {"num-workers", "threads"}, {"jobs", "threads"},          {"output", "out"},
    {"library", "ligands"}, {"protein", "receptor"},    {"no-gpu", "device"},         {"gpu", "device"},
    {"force", "overwrite"}, {"model-path", "model"},    {"checkpoint", "model"},      {"center-x", "center"},
    {"size-x", "size"},     {"site", "site-ligand"},    {"pocket", "pocket-residues"}};

std::string kebab(std::string name) {
    std::replace(name.begin(), name.end(), '_', '-');
    return name;
}

std::string environment_name(std::string name) {
    for (char& c : name) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return "KEYWAY_" + name;
}

/// "--name", "name=value" or "-x" -> "name", "x".
std::string bare_name(std::string text) {
    text.erase(0, text.find_first_not_of('-'));
    return text.substr(0, text.find('='));
}

std::string text_of(const boost::any& value) {
    if (const auto* text = boost::any_cast<std::string>(&value)) return *text;
    if (const auto* flag = boost::any_cast<bool>(&value)) return *flag ? "true" : "false";
    if (const auto* number = boost::any_cast<int>(&value)) return std::to_string(*number);
    if (const auto* number = boost::any_cast<unsigned>(&value)) return std::to_string(*number);
    if (const auto* number = boost::any_cast<std::int64_t>(&value)) return std::to_string(*number);
    if (const auto* number = boost::any_cast<std::uint64_t>(&value)) return std::to_string(*number);
    if (const auto* number = boost::any_cast<double>(&value)) return fmt::format("{}", *number);
    return "";
}

}  // namespace

struct CommandLine::Impl {
    struct Group {
        std::string title;
        Visibility visibility;
        std::unique_ptr<po::options_description> options;
    };

    std::string verb, summary, epilogue;
    std::vector<std::string> examples;
    std::vector<Group> groups;
    po::positional_options_description positional;
    bool positional_is_open = true;  // still room for more positional options
    std::vector<std::string> words;
    po::variables_map values;
    std::map<std::string, std::vector<std::string>> texts;  // options as given, before conversion
    TerminalOptions terminal_options;
    std::string progress, log_file, config;
    std::unique_ptr<Terminal> terminal;

    po::options_description all_options() const {
        po::options_description all;
        for (const auto& group : groups) all.add(*group.options);
        return all;
    }

    std::vector<std::string> long_names() const {
        std::vector<std::string> names;
        for (const auto& group : groups)
            for (const auto& option : group.options->options()) names.push_back(option->long_name());
        return names;
    }

    bool knows(std::string_view name) const {
        const auto names = long_names();
        return std::find(names.begin(), names.end(), name) != names.end();
    }

    void add_common_options();
    void read_flags(std::vector<std::string> arguments);
    void read_environment();
    void read_config();
    void store(const po::parsed_options& parsed);
    void print_help(bool is_full) const;
    std::string usage() const;
    [[noreturn]] void refuse_name(const std::string& as_typed, const std::string& where) const;
    template <class Action>
    void with_clear_errors(const std::string& where, Action&& action) const;
};

CommandLine::CommandLine(std::string verb, std::string summary, std::vector<std::string> examples)
    : impl_(std::make_unique<Impl>()) {
    impl_->verb = std::move(verb);
    impl_->summary = std::move(summary);
    impl_->examples = std::move(examples);
}
CommandLine::~CommandLine() = default;

po::options_description& CommandLine::group(const std::string& title, Visibility visibility) {
    for (auto& group : impl_->groups)
        if (group.title == title && group.visibility == visibility) return *group.options;
    impl_->groups.push_back({title, visibility, std::make_unique<po::options_description>()});
    return *impl_->groups.back().options;
}

void CommandLine::positional(const std::string& option, int max_count) {
    impl_->positional.add(option.c_str(), max_count);
    impl_->positional_is_open = max_count >= 0;
}

void CommandLine::epilogue(std::string text) { impl_->epilogue = std::move(text); }

bool CommandLine::parse(std::span<const std::string> arguments) {
    impl_->add_common_options();
    for (const auto& argument : arguments) {  // before anything can be wrong
        if (argument == "--") break;
        if (argument == "-h" || argument == "--help") {
            impl_->print_help(argument == "--help");
            return false;
        }
        if (argument == kOptionNames) {
            for (const auto& name : option_names()) std::cout << name << '\n';
            return false;
        }
    }
    impl_->read_flags({arguments.begin(), arguments.end()});
    impl_->read_environment();
    impl_->read_config();
    if (impl_->values["print-config"].as<bool>()) {
        std::cout << resolved();
        return false;
    }
    impl_->with_clear_errors("", [&] { po::notify(impl_->values); });

    auto& terminal = impl_->terminal_options;
    static const std::map<std::string, ProgressMode> kModes = {
        {"auto", ProgressMode::automatic}, {"always", ProgressMode::always}, {"never", ProgressMode::never}};
    const auto mode = kModes.find(impl_->progress);
    if (mode == kModes.end())
        throw Error(ErrorKind::usage, fmt::format("option '--progress' cannot take '{}'", impl_->progress),
                    "expected auto, always or never");
    terminal.progress = mode->second;
    terminal.log_file = impl_->log_file;
    return true;
}

bool CommandLine::given(const std::string& option) const {
    return impl_->values.count(option) > 0 && !impl_->values[option].defaulted();
}

std::string CommandLine::resolved() const {
    std::string out;
    for (const auto& group : impl_->groups) {
        for (const auto& option : group.options->options()) {
            const std::string& name = option->long_name();
            if (name == "help" || name == "config" || name == "print-config") continue;
            const auto given_text = impl_->texts.find(name);
            if (given_text != impl_->texts.end()) {
                for (const auto& text : given_text->second) out += fmt::format("{} = {}\n", name, text);
            } else if (impl_->values.count(name) > 0) {
                std::string text = text_of(impl_->values[name].value());
                if (text.empty()) text = describe_option(*option).default_value;
                if (!text.empty()) out += fmt::format("{} = {}\n", name, text);
            }
        }
    }
    return out;
}

Context CommandLine::context() {
    if (!impl_->terminal) impl_->terminal = std::make_unique<Terminal>(impl_->terminal_options);
    return {impl_->terminal->log(), impl_->terminal->progress(), stop_flag()};
}

std::vector<std::string> CommandLine::option_names() const {
    std::vector<std::string> names;
    const po::options_description all = impl_->all_options();
    for (const auto& option : all.options()) {
        const OptionText text = describe_option(*option);
        names.push_back("--" + text.long_name);
        if (!text.short_name.empty()) names.push_back("-" + text.short_name);
    }
    return names;
}

void CommandLine::Impl::add_common_options() {
    if (knows("help")) return;
    const auto add = [&](Visibility visibility) -> po::options_description& {
        groups.push_back({kCommon, visibility, std::make_unique<po::options_description>()});
        return *groups.back().options;
    };
    auto general = add(always).add_options();
    general("help,h", po::bool_switch(), "-h: this on one screen; --help: everything");
    general("verbose,v", po::bool_switch(&terminal_options.verbose), "say more");
    general("quiet,q", po::bool_switch(&terminal_options.quiet), "say nothing but warnings and errors");
    auto rare_general = add(in_full_help_only).add_options();
    rare_general("progress", po::value(&progress)->value_name("WHEN")->default_value("auto"),
                 "auto (a bar on a terminal, else a line every ten seconds), always or never");
    rare_general("log-file", po::value(&log_file)->value_name("FILE"),
                 "append every log line, with time, to this file");
    rare_general("config", po::value(&config)->value_name("FILE"),
                 "options as `name = value` lines; flags and KEYWAY_* variables come first");
    rare_general("print-config", po::bool_switch(),
                 "write the resolved options, ready for --config, and stop");
}

void CommandLine::Impl::read_flags(std::vector<std::string> arguments) {
    for (auto& argument : arguments) {
        if (argument == "--") break;
        if (!argument.starts_with("--")) continue;
        const std::string name = bare_name(argument);
        if (!knows(name) && knows(kebab(name))) argument.replace(2, name.size(), kebab(name));
    }
    po::options_description all = all_options();
    all.add_options()(kWords, po::value(&words));
    if (positional_is_open) positional.add(kWords, -1);
    with_clear_errors("", [&] {
        // No guessing: `--rec` would stop working on the day that `--recycle` appears.
        const auto style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
        store(po::command_line_parser(arguments).options(all).positional(positional).style(style).run());
    });
    if (texts.count(kWords))
        throw Error(ErrorKind::usage, fmt::format("unexpected word '{}'", printable(texts[kWords].front())),
                    fmt::format("every input has an option; `keyway {} -h` lists them", verb));
}

void CommandLine::Impl::read_environment() {
    const po::options_description all = all_options();
    for (const auto& option : all.options()) {
        const std::string& name = option->long_name();
        const std::string variable = environment_name(name);
        const char* text = std::getenv(variable.c_str());
        if (!text || !*text || name == "help" || name == "print-config") continue;
        po::parsed_options parsed(&all);
        parsed.options.emplace_back(name, std::vector<std::string>{text});
        with_clear_errors("environment variable " + variable, [&] { store(parsed); });
    }
}

void CommandLine::Impl::read_config() {
    if (!values.count("config")) return;
    const std::string file = values["config"].as<std::string>();
    const std::string where = fmt::format("config file '{}'", file);
    std::istringstream stream(read_text_file(file, 1 << 20));
    const po::options_description all = all_options();
    with_clear_errors(where, [&] {
        const po::parsed_options raw = po::parse_config_file(stream, all, true);
        po::parsed_options parsed(&all);
        for (auto option : raw.options) {
            // `[screen]` holds options of that verb; a file may have sections for several verbs.
            if (const auto dot = option.string_key.find('.'); dot != std::string::npos) {
                if (option.string_key.substr(0, dot) != verb) continue;
                option.string_key.erase(0, dot + 1);
            }
            if (!knows(option.string_key)) option.string_key = kebab(option.string_key);
            if (!knows(option.string_key)) refuse_name(option.string_key, where);
            if (option.string_key == "config" || option.string_key == "help") continue;
            option.unregistered = false;
            parsed.options.push_back(std::move(option));
        }
        store(parsed);
    });
}

void CommandLine::Impl::store(const po::parsed_options& parsed) {
    std::map<std::string, std::vector<std::string>> fresh;
    for (const auto& option : parsed.options) {
        if (option.string_key.empty()) continue;
        auto& text = fresh[bare_name(option.string_key)];
        if (option.value.empty()) text.push_back("true");  // a switch
        text.insert(text.end(), option.value.begin(), option.value.end());
    }
    po::store(parsed, values);
    texts.merge(fresh);  // what is there already has come from a stronger source
}

void CommandLine::Impl::refuse_name(const std::string& as_typed, const std::string& where) const {
    const std::string name = kebab(bare_name(as_typed));
    std::string better = nearest(name, long_names());
    if (const auto other = kOtherNames.find(name); better.empty() && other != kOtherNames.end())
        if (knows(other->second)) better = other->second;
    const std::string dashes = as_typed.size() == 2 && as_typed[0] == '-' ? "-" : "--";
    throw Error(ErrorKind::usage,
                fmt::format("unknown option '{}{}'{}", dashes, printable(bare_name(as_typed)),
                            where.empty() ? "" : " in " + where),
                better.empty() ? fmt::format("`keyway {} --help` lists every option", verb)
                               : fmt::format("did you mean '--{}'? `keyway {} --help` lists every option",
                                             better, verb));
}

/// Boost's messages speak of its parser; users want the option, the value and what was expected.
template <class Action>
void CommandLine::Impl::with_clear_errors(const std::string& where, Action&& action) const {
    const std::string in = where.empty() ? "" : " in " + where;
    const auto expected = [&](const std::string& dashed) {
        for (const auto& group : groups)
            for (const auto& option : group.options->options()) {
                const OptionText text = describe_option(*option);
                if (text.long_name == bare_name(dashed) || "-" + text.short_name == dashed)
                    return fmt::format("--{} {}  {}", text.long_name, text.argument, text.description);
            }
        return std::string();
    };
    const auto shown = [](const std::string& name) { return name.starts_with('-') ? name : "--" + name; };
    try {
        action();
    } catch (const po::unknown_option& error) {
        refuse_name(error.get_option_name(), where);
    } catch (const po::required_option& error) {
        throw Error(ErrorKind::usage, fmt::format("option '{}' is missing", shown(error.get_option_name())),
                    expected(error.get_option_name()));
    } catch (const po::multiple_occurrences& error) {
        throw Error(ErrorKind::usage,
                    fmt::format("option '{}' is given more than once{}", shown(error.get_option_name()), in),
                    "it takes one value");
    } catch (const po::invalid_command_line_syntax& error) {
        const std::string name = shown(error.get_option_name());
        if (error.kind() == po::invalid_syntax::missing_parameter ||
            error.kind() == po::invalid_syntax::empty_adjacent_parameter)
            throw Error(ErrorKind::usage, fmt::format("option '{}' needs a value{}", name, in),
                        expected(name));
        throw Error(ErrorKind::usage, fmt::format("option '{}' takes no value{}", name, in), expected(name));
    } catch (const po::validation_error& error) {
        const std::string what = error.what();  // "the argument ('abc') for option '--threads' is invalid"
        const auto from = what.find("('"), to = what.find("') for");
        const std::string name = shown(error.get_option_name());
        const std::string value =
            from != std::string::npos && to != std::string::npos ? what.substr(from + 2, to - from - 2) : "";
        throw Error(ErrorKind::usage,
                    fmt::format("option '{}' cannot take '{}'{}", name, printable(value), in),
                    expected(name));
    } catch (const po::error& error) {
        throw Error(ErrorKind::usage, fmt::format("cannot read the options{}: {}", in, error.what()),
                    fmt::format("`keyway {} -h` shows how they look", verb));
    }
}

std::string CommandLine::Impl::usage() const {
    std::string required;
    for (const auto& group : groups)
        for (const auto& option : group.options->options()) {
            if (!option->semantic()->is_required()) continue;
            const OptionText text = describe_option(*option);
            required += (text.short_name.empty() ? " --" + text.long_name : " -" + text.short_name) + " " +
                        text.argument;
        }
    return fmt::format("keyway {}{} [options]", verb, required);
}

void CommandLine::Impl::print_help(bool is_full) const {
    const int width = text_width();
    const bool style = stdout_has_style();
    const auto heading = [&](const std::string& title) {
        return fmt::format("{}{}:{}\n", style ? "\x1b[1m" : "", title, style ? "\x1b[0m" : "");
    };
    std::string out = wrapped(summary, width, 0) + "\n\n" + heading("Usage") + "  " + usage() + "\n\n";
    out += heading("Examples");
    for (std::size_t i = 0; i < examples.size() && (is_full || i < 2); ++i)
        out += fmt::format("  {}\n", examples[i]);

    std::vector<std::string> titles;  // in order of first use
    for (const auto& group : groups)
        if (std::find(titles.begin(), titles.end(), group.title) == titles.end())
            titles.push_back(group.title);
    for (const auto& title : titles) {
        std::string lines;
        for (const auto& group : groups) {
            if (group.title != title || (!is_full && group.visibility == in_full_help_only)) continue;
            for (const auto& option : group.options->options())
                lines += option_lines(describe_option(*option), width);
        }
        if (!lines.empty()) out += fmt::format("\n{}{}", heading(title), lines);
    }
    if (is_full && !epilogue.empty()) out += fmt::format("\n{}\n", wrapped(epilogue, width, 0));
    if (!is_full) out += fmt::format("\n`keyway {} --help` lists every option.\n", verb);
    std::cout << out;
}

}  // namespace keyway::apps
