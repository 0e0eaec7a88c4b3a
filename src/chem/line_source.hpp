/// Lines of a text file that can be looked at before they are taken.
#pragma once

#include "keyway/core/text_input.hpp"

#include <cstdint>
#include <deque>
#include <exception>
#include <string>

namespace keyway::chem {

struct Line {
    std::string text;
    std::uint64_t number = 0;  ///< 1-based
    bool cut = false;          ///< longer than the input's limit; the rest was skipped
};

class LineSource {
public:
    /// `label` stands for the file in ids: its name without folders.
    LineSource(TextInput input, std::string label) : input_(std::move(input)), label_(std::move(label)) {}

    /// The line `ahead` places after the next one, or null at the end. An error while looking ahead is
    /// kept until the lines before it have been taken.
    const Line* peek(std::size_t ahead = 0) {
        while (waiting_.size() <= ahead && !failure_ && read_one()) {
        }
        if (waiting_.empty() && failure_) std::rethrow_exception(failure_);
        return ahead < waiting_.size() ? &waiting_[ahead] : nullptr;
    }

    bool next(Line& line) {
        if (!peek()) return false;
        line = std::move(waiting_.front());
        waiting_.pop_front();
        return true;
    }

    void skip(std::size_t lines) {
        for (Line line; lines > 0 && next(line); --lines) {
        }
    }

    const std::string& label() const { return label_; }
    /// For records without an id.
    std::string place(std::uint64_t line) const { return label_ + ":" + std::to_string(line); }
    TextInput& input() { return input_; }
    const TextInput& input() const { return input_; }

private:
    bool read_one() {
        Line line;
        try {
            if (!input_.next_line(line.text)) return false;
        } catch (...) {
            failure_ = std::current_exception();
            return false;
        }
        line.number = input_.line_number();
        line.cut = input_.line_was_cut();
        waiting_.push_back(std::move(line));
        return true;
    }

    TextInput input_;
    std::string label_;
    std::deque<Line> waiting_;
    std::exception_ptr failure_;
};

}  // namespace keyway::chem
