/// One pass over the characters of a SMILES.
#include "smiles_lexer.hpp"

#include <fmt/format.h>

#include <cctype>
#include <map>
#include <string>
#include <vector>

namespace keyway::chem {
namespace {

Rejection refuse(std::string reason, std::string message) {
    return {"parse", std::move(reason), std::move(message)};
}

class Lexer {
public:
    explicit Lexer(std::string_view text) : text_(text) {}

    SmilesTokens run() {
        while (at_ < text_.size() && !result_.rejection) step();
        if (!result_.rejection) finish();
        return std::move(result_);
    }

private:
    void step() {
        const char c = text_[at_];
        switch (c) {
            case '[':
                return bracket_atom();
            case '(':
                return open_branch();
            case ')':
                return close_branch();
            case '%':
                return long_ring_label();
            case '.':
                return dot();
            case '-':
                if (peek(1) == '>') ++at_;
                return bond();
            case '<':
                if (peek(1) != '-') return syntax("'<' is not a bond");
                ++at_;
                return bond();
            case '=':
            case '#':
            case '$':
            case ':':
            case '/':
            case '\\':
            case '~':
                return bond();
            case '>':
                return syntax("'>' belongs to a reaction, expected one molecule");
            default:
                break;
        }
        if (c >= '0' && c <= '9') return ring_label(c - '0', 1);
        organic_atom();
    }

    void organic_atom() {
        const char c = text_[at_], after = peek(1);
        if ((c == 'C' && after == 'l') || (c == 'B' && after == 'r')) return atom(2);
        if (c == '*') result_.wildcard = true;
        if (std::string_view("BCNOPSFIbcnops*").find(c) != std::string_view::npos) return atom(1);
        syntax(fmt::format("'{}' is not an atom that can stand outside brackets", c));
    }

    void atom(std::size_t length) {
        ++result_.atoms;
        at_ += length;
        after_atom_ = true;
        bond_pending_ = false;
    }

    void bond() {
        if (bond_pending_) return syntax("two bond symbols in a row");
        bond_pending_ = true;
        ++at_;
    }

    void dot() {
        if (bond_pending_) return syntax("a bond symbol before '.'");
        if (!after_atom_) return syntax("'.' without an atom before it");
        after_atom_ = false;
        ++at_;
    }

    void open_branch() {
        if (!after_atom_) return syntax("'(' without an atom before it");
        if (bond_pending_) return syntax("a bond symbol before '('");
        branches_.push_back(at_);
        ++at_;
        if (peek(0) == ')') syntax("an empty branch '()'");
    }

    void close_branch() {
        if (branches_.empty()) return syntax("')' without '('");
        if (bond_pending_) return syntax("a bond symbol before ')'");
        branches_.pop_back();
        after_atom_ = true;  // the branch's root
        ++at_;
    }

    void long_ring_label() {  // %12 or %(1234)
        std::size_t digits = at_ + 1, length = 2;
        const bool parentheses = peek(1) == '(';
        if (parentheses) {
            ++digits;
            length = 0;
            while (digits + length < text_.size() && is_digit(text_[digits + length])) ++length;
            if (digits + length >= text_.size() || text_[digits + length] != ')' || length == 0)
                return syntax("a ring label '%(' without its number and ')'");
        } else if (digits + 2 > text_.size() || !is_digit(text_[digits]) || !is_digit(text_[digits + 1])) {
            return syntax("'%' needs two digits or '%(number)'");
        }
        const auto value = number(digits, length, kMaxRingLabel);
        if (!value) return range("ring label", kMaxRingLabel);
        ring_label(*value, digits + length + (parentheses ? 1 : 0) - at_);
    }

    void ring_label(int label, std::size_t length) {
        if (!after_atom_) return syntax("a ring label without an atom before it");
        const auto open = rings_.find(label);
        if (open == rings_.end())
            rings_.emplace(label, at_);
        else
            rings_.erase(open);
        at_ += length;
        bond_pending_ = false;
    }

    /// [isotope symbol chirality hydrogens charge :class]; only the numbers are judged here.
    void bracket_atom() {
        const std::size_t start = at_, end = text_.find(']', at_);
        if (end == std::string_view::npos) return syntax("'[' is never closed");
        std::size_t i = start + 1;
        const auto digits_at = [&](std::size_t from) {
            std::size_t length = 0;
            while (from + length < end && is_digit(text_[from + length])) ++length;
            return length;
        };
        const auto take_number = [&](int limit) -> std::optional<int> {
            const std::size_t length = digits_at(i);
            const auto value = number(i, length, limit);
            i += length;
            return value;
        };
        if (digits_at(i) > 0 && !take_number(kMaxIsotope)) return range("isotope", kMaxIsotope);
        if (i < end && text_[i] == '#') {  // [#6]
            ++i;
            if (digits_at(i) == 0) return syntax("'#' in brackets needs an atomic number");
            const auto value = take_number(118);
            if (!value) return range("atomic number", 118);
        } else if (!element_symbol(i, end)) {
            return syntax(fmt::format("'{}' names no atom", text_.substr(start, end - start + 1)));
        }
        while (i < end && text_[i] == '@') ++i;
        if (i + 1 < end &&
            (text_.substr(i, 2) == "TH" || text_.substr(i, 2) == "AL" || text_.substr(i, 2) == "SP" ||
             text_.substr(i, 2) == "TB" || text_.substr(i, 2) == "OH"))
            i += 2;
        if (digits_at(i) > 0 && !take_number(30)) return range("stereo permutation", 30);
        if (i < end && text_[i] == 'H') {
            ++i;
            if (digits_at(i) > 0 && !take_number(kMaxBracketHydrogens))
                return range("hydrogen count", kMaxBracketHydrogens);
        }
        if (i < end && (text_[i] == '+' || text_[i] == '-')) {
            const char sign = text_[i];
            int count = 0;
            for (; i < end && text_[i] == sign; ++i) ++count;
            if (count > kMaxFormalCharge || (digits_at(i) > 0 && !take_number(kMaxFormalCharge)))
                return range("formal charge", kMaxFormalCharge);
        }
        if (i < end && text_[i] == ':') {
            ++i;
            if (digits_at(i) == 0) return syntax("':' in brackets needs a number");
            if (!take_number(kMaxRingLabel)) return range("atom map number", kMaxRingLabel);
        }
        if (i != end) {
            at_ = i;
            return syntax(fmt::format("'{}' is not expected inside brackets", text_[i]));
        }
        atom(end + 1 - start);
    }

    /// Moves `i` over an element symbol, an aromatic one, '*' or R: two letters where they name an element.
    bool element_symbol(std::size_t& i, std::size_t end) {
        if (i >= end) return false;
        const char first = text_[i], second = i + 1 < end ? text_[i + 1] : '\0';
        if (first == '*') {
            result_.wildcard = true;
            ++i;
            return true;
        }
        if (first == 'R' && (is_digit(second) || i + 1 == end)) {
            result_.wildcard = true;
            i += 1;
            while (i < end && is_digit(text_[i])) ++i;
            return true;
        }
        static constexpr std::string_view kTwo =
            " He Li Be Ne Na Mg Al Si Cl Ar Ca Sc Ti Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Zr Nb Mo "
            "Tc Ru "
            "Rh Pd Ag Cd In Sn Sb Te Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta Re Os Ir Pt "
            "Au Hg "
            "Tl Pb Bi Po At Rn Fr Ra Ac Th Pa Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh "
            "Fl Mc "
            "Lv Ts Og si as se te ";
        const char two[] = {' ', first, second, ' '};
        if (second >= 'a' && second <= 'z' && kTwo.find(std::string_view(two, 4)) != std::string_view::npos) {
            i += 2;
            return true;
        }
        if (std::string_view("HBCNOFPSKVYIWUbcnops").find(first) == std::string_view::npos) return false;
        ++i;
        return true;
    }

    void finish() {
        if (!branches_.empty()) {
            at_ = branches_.back();
            return syntax("'(' is never closed");
        }
        if (!rings_.empty()) {
            at_ = rings_.begin()->second;
            return syntax(fmt::format("ring label {} is opened and never closed", rings_.begin()->first));
        }
        at_ = text_.empty() ? 0 : text_.size() - 1;
        if (bond_pending_) return syntax("a bond symbol at the end");
        if (!after_atom_) return syntax("'.' at the end");
    }

    std::optional<int> number(std::size_t from, std::size_t length, int limit) const {
        int value = 0;
        for (std::size_t k = from; k < from + length; ++k) {
            value = 10 * value + (text_[k] - '0');
            if (value > limit) return std::nullopt;
        }
        return value;
    }

    static bool is_digit(char c) { return c >= '0' && c <= '9'; }
    char peek(std::size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    void syntax(const std::string& what) {
        result_.rejection = refuse("SMILES_SYNTAX", fmt::format("{} (character {})", what, at_ + 1));
    }
    void range(const char* what, int limit) {
        result_.rejection = refuse(
            "NUMBER_RANGE", fmt::format("{} above {} in the token at character {}", what, limit, at_ + 1));
    }

    std::string_view text_;
    std::size_t at_ = 0;
    SmilesTokens result_;
    std::vector<std::size_t> branches_;
    std::map<int, std::size_t> rings_;
    bool after_atom_ = false, bond_pending_ = false;
};

}  // namespace

std::optional<Rejection> check_alphabet(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const unsigned char c = static_cast<unsigned char>(text[i]);
        if ((c >= 0x20 && c < 0x7F) || c == '\t' || c == '\n' || c == '\r') continue;
        return refuse("NOT_ASCII",
                      fmt::format("byte 0x{:02X} at character {} is not printable ASCII", c, i + 1));
    }
    return std::nullopt;
}

SmilesTokens lex_smiles(std::string_view smiles) {
    SmilesTokens refused;
    if (smiles.empty())
        refused.rejection = refuse("EMPTY", "there is no SMILES");
    else
        refused.rejection = check_alphabet(smiles);
    return refused.rejection ? refused : Lexer(smiles).run();
}

}  // namespace keyway::chem
