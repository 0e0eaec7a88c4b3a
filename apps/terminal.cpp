/// Log lines and the progress bar on stderr.
#include "terminal.hpp"

#include "keyway/core/error.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>

namespace keyway::apps {
namespace {

using Clock = std::chrono::steady_clock;

int columns_of(int fd) {
    winsize size{};
    return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

bool has_style(int fd) {
    const char* terminal = std::getenv("TERM");
    const char* no_color = std::getenv("NO_COLOR");
    return isatty(fd) != 0 && !(no_color && *no_color) && terminal && std::strcmp(terminal, "dumb") != 0;
}

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

struct Terminal::Impl final : LogSink, Progress {
    explicit Impl(const TerminalOptions& options_in) : options(options_in) {
        if (!options.log_file.empty()) {
            file.open(options.log_file, std::ios::app);
            if (!file)
                throw Error(ErrorKind::output, fmt::format("cannot open log file '{}': {}",
                                                           options.log_file.string(), std::strerror(errno)));
        }
        const bool is_terminal = isatty(STDERR_FILENO) != 0;
        shows_bar = !options.quiet && (options.progress == ProgressMode::always ||
                                       (options.progress == ProgressMode::automatic && is_terminal));
        shows_lines = !options.quiet && !shows_bar && options.progress == ProgressMode::automatic;
        style = has_style(STDERR_FILENO);
    }

    void write(LogLevel level, std::string_view line) override {
        static constexpr std::string_view kNames[] = {"debug", "info", "warning", "error"};
        const std::string text = printable(line);
        const std::scoped_lock lock(mutex);
        if (file.is_open())
            file << fmt::format("{:%Y-%m-%dT%H:%M:%S} {:7} {}\n", fmt::localtime(std::time(nullptr)),
                                kNames[static_cast<int>(level)], text)
                 << std::flush;
        if (level == LogLevel::debug && !options.verbose) return;
        if (level == LogLevel::info && options.quiet) return;
        wipe_bar();
        if (level == LogLevel::warning)
            fmt::print(stderr, "{}warning:{} {}\n", style ? "\x1b[33m" : "", style ? "\x1b[0m" : "", text);
        else if (level == LogLevel::error)
            fmt::print(stderr, "{}error:{} {}\n", style ? "\x1b[31m" : "", style ? "\x1b[0m" : "", text);
        else
            fmt::print(stderr, "{}\n", text);
        draw_bar();
    }

    void start(std::string_view label_in, std::string_view unit_in,
               std::optional<std::uint64_t> total_in) override {
        const std::scoped_lock lock(mutex);
        label = label_in;
        unit = unit_in;
        total = total_in;
        done = 0;
        running = true;
        started = last_shown = Clock::now();
    }

    void update(std::uint64_t done_in, std::string_view note_in) override {
        const std::scoped_lock lock(mutex);
        done = done_in;
        note = note_in;
        if (!running) return;
        if (shows_bar && seconds_since(last_shown) >= 0.1) {
            last_shown = Clock::now();
            draw_bar();
        } else if (shows_lines && seconds_since(last_shown) >= 10) {
            last_shown = Clock::now();
            fmt::print(stderr, "{}\n", status());
        }
    }

    void finish() override {
        const std::scoped_lock lock(mutex);
        wipe_bar();
        running = false;
    }

    /// "screening  12,000 of 50,000 ligands (24 %)  830/s  0:46 left  note"
    std::string status() const {
        const double elapsed = seconds_since(started);
        const double rate = elapsed > 0 ? static_cast<double>(done) / elapsed : 0;
        std::string text = fmt::format("{}  {}", label, done);
        if (total) text += fmt::format(" of {}", *total);
        text += fmt::format(" {}", unit);
        if (total && *total > 0) text += fmt::format(" ({} %)", done * 100 / *total);
        if (done > 0 && elapsed > 0.5) {
            text += rate >= 10 ? fmt::format("  {:.0f}/s", rate) : fmt::format("  {:.2g}/s", rate);
            if (total && *total > done)
                text +=
                    fmt::format("  {} left", readable_duration(static_cast<double>(*total - done) / rate));
        }
        if (!note.empty()) text += "  " + printable(note);
        return text;
    }

    void draw_bar() {
        if (!shows_bar || !running) return;
        std::string text = status();
        const int width = std::max(columns_of(STDERR_FILENO), 40) - 1;
        const int bar = std::min(24, width - static_cast<int>(text.size()) - 3);
        if (total && *total > 0 && bar >= 8) {
            const int filled =
                static_cast<int>(std::min(done, *total) * static_cast<std::uint64_t>(bar) / *total);
            text = fmt::format("[{:#<{}}{:.<{}}] {}", "", filled, "", bar - filled, text);
        }
        fmt::print(stderr, "\r\x1b[K{}", text.substr(0, static_cast<std::size_t>(width)));
        std::fflush(stderr);
        drawn = true;
    }

    void wipe_bar() {
        if (!drawn) return;
        fmt::print(stderr, "\r\x1b[K");
        std::fflush(stderr);
        drawn = false;
    }

    TerminalOptions options;
    std::ofstream file;
    std::mutex mutex;
    bool shows_bar = false, shows_lines = false, style = false, running = false, drawn = false;
    std::string label, unit, note;
    std::optional<std::uint64_t> total;
    std::uint64_t done = 0;
    Clock::time_point started, last_shown;
};

Terminal::Terminal(const TerminalOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Terminal::~Terminal() { impl_->finish(); }
LogSink& Terminal::log() { return *impl_; }
Progress& Terminal::progress() { return *impl_; }

int text_width() {
    const int columns = columns_of(STDOUT_FILENO);
    return columns > 0 ? std::clamp(columns, 60, 110) : 100;
}

bool stdout_has_style() { return has_style(STDOUT_FILENO); }

std::string printable(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 && c != '\n' && c != '\t')
            out += fmt::format("\\x{:02x}", byte);
        else if (byte == 0x7f)
            out += "\\x7f";
        else
            out += c;
    }
    return out;
}

std::string readable_duration(double seconds) {
    if (!(seconds >= 0) || seconds > 1e8) return "?";
    const auto whole = static_cast<long>(seconds + 0.5);
    if (whole < 10) return fmt::format("{:.1f} s", seconds);
    if (whole < 60) return fmt::format("{} s", whole);
    if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
    return fmt::format("{}:{:02}:{:02} h", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace keyway::apps
