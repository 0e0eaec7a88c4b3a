/// Ctrl-C and friends: the first asks the run to finish what is in flight, the second ends it.
#include "command_line.hpp"

#include <csignal>

namespace keyway::apps {
namespace {

StopFlag stop_requested{false};
static_assert(StopFlag::is_always_lock_free, "the flag is set inside a signal handler");

extern "C" void on_stop_signal(int) {
    stop_requested = true;
    std::signal(SIGINT, SIG_DFL);  // the second one has its usual effect
    std::signal(SIGTERM, SIG_DFL);
}

}  // namespace

const StopFlag& stop_flag() { return stop_requested; }

void install_signal_handlers() {
    struct sigaction action {};
    action.sa_handler = on_stop_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (const int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
    // A file-size limit (ulimit -f) is a full disk to us: write() fails with EFBIG and the run ends with
    // code 74.
    std::signal(SIGXFSZ, SIG_IGN);
    // A parent (nohup, some servers) may have it ignored; a filter wants the default.
    std::signal(SIGPIPE, SIG_DFL);
}

}  // namespace keyway::apps
