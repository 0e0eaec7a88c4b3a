/// Runs the built program as a user does: arguments, environment, standard input; exit code, stdout, stderr.
#pragma once

#include "support/temporary_folder.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace keyway::testing {

struct ProgramResult {
    int code = -1;  ///< exit code, or 128 + signal
    std::string out, err;
};

/// Streams go through files, so that nothing can block.
class RunningProgram {
public:
    struct Streams {
        std::string input;                    ///< standard input
        std::filesystem::path out_path = {};  ///< where stdout goes; empty: kept for the result
        std::map<std::string, std::string> environment = {};
    };

    explicit RunningProgram(const std::vector<std::string>& arguments)
        : RunningProgram(arguments, Streams()) {}

    RunningProgram(const std::vector<std::string>& arguments, const Streams& streams) {
        const auto in = folder_.write("in", streams.input);
        const auto out = streams.out_path.empty() ? folder_ / "out" : streams.out_path;
        std::vector<std::string> words = {KEYWAY_PROGRAM};
        words.insert(words.end(), arguments.begin(), arguments.end());
        // A name twice would leave the first in force: what the test sets comes before the defaults.
        std::map<std::string, std::string> variables = streams.environment;
        variables.insert({{"PATH", "/usr/bin:/bin"}, {"KEYWAY_NETWORK_LIBRARY", KEYWAY_FAKE_NETWORK}});
        std::vector<std::string> environment;
        for (const auto& [name, value] : variables) environment.push_back(name + "=" + value);
        child_ = fork();
        if (child_ == 0) {
            redirect(in, O_RDONLY, STDIN_FILENO);
            redirect(out, O_WRONLY | O_CREAT, STDOUT_FILENO);
            redirect(folder_ / "err", O_WRONLY | O_CREAT, STDERR_FILENO);
            execve(KEYWAY_PROGRAM, pointers(words).data(), pointers(environment).data());
            _exit(127);
        }
    }

    ~RunningProgram() {
        if (child_ > 0) {
            kill(child_, SIGKILL);
            wait();
        }
    }

    void signal(int number) { kill(child_, number); }

    ProgramResult wait() {
        int status = 0;
        waitpid(child_, &status, 0);
        child_ = -1;
        ProgramResult result;
        result.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        result.out = read_bytes(folder_ / "out");
        result.err = read_bytes(folder_ / "err");
        return result;
    }

private:
    static void redirect(const std::filesystem::path& path, int flags, int to) {
        const int fd = open(path.c_str(), flags, 0666);
        if (fd < 0) _exit(126);
        dup2(fd, to);
        close(fd);
    }

    static std::vector<char*> pointers(std::vector<std::string>& words) {
        std::vector<char*> list;
        for (auto& word : words) list.push_back(word.data());
        list.push_back(nullptr);
        return list;
    }

    TemporaryFolder folder_;
    pid_t child_ = -1;
};

inline ProgramResult run_program(const std::vector<std::string>& arguments,
                                 const RunningProgram::Streams& streams = {}) {
    return RunningProgram(arguments, streams).wait();
}

/// Waits until `path` exists and holds something; false after ten seconds.
inline bool wait_for_file(const std::filesystem::path& path) {
    for (int i = 0; i < 1000; ++i) {
        std::error_code ignored;
        if (std::filesystem::exists(path, ignored)) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

}  // namespace keyway::testing
