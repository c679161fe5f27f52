#include "core/catalog/formula.h"

#include <cctype>
#include <optional>
#include <string>

#include "core/catalog/quoted.h"

namespace headroom {
namespace {

constexpr int kMaxDepth = 64;  // nesting that a hand-written fact never reaches; bounds the stack for hostile input

// Recursive descent, one function per precedence level. The first problem is kept and everything unwinds.
class FormulaParser {
 public:
  FormulaParser(std::string_view text, std::span<const FormulaSymbol> symbols) : text_(text), symbols_(symbols) {}

  Result<double> run() {
    const double value = sum(0);
    skip_spaces();
    if (!problem_ && at_ != text_.size()) fail("an operator");
    if (problem_) return Error{ErrorCode::bad_value, *problem_};
    return value;
  }

 private:
  void fail(std::string_view wanted) {
    if (problem_) return;
    problem_ = "formula " + in_quotes(text_) + ": " + std::string(wanted) + " is missing at character " +
               std::to_string(at_ + 1);
  }
  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(char c) {
    skip_spaces();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  double sum(int depth) {
    double value = product(depth);
    while (!problem_) {
      if (take('+')) {
        value += product(depth);
      } else if (take('-')) {
        value -= product(depth);
      } else {
        break;
      }
    }
    return value;
  }
  double product(int depth) {
    double value = factor(depth);
    while (!problem_) {
      if (take('*')) {
        value *= factor(depth);
      } else if (take('/')) {
        const double divisor = factor(depth);
        if (divisor == 0) {
          fail("a divisor other than zero");
          return 0;
        }
        value /= divisor;
      } else {
        break;
      }
    }
    return value;
  }
  double factor(int depth) {
    if (depth >= kMaxDepth) {
      fail("an end to the nesting");
      return 0;
    }
    if (take('-')) return -factor(depth + 1);
    if (take('(')) {
      const double value = sum(depth + 1);
      if (!take(')')) fail("a closing parenthesis");
      return value;
    }
    skip_spaces();
    if (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0) return number();
    return symbol();
  }
  double number() {
    double value = 0;
    for (; at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0; ++at_) {
      value = value * 10 + (text_[at_] - '0');
    }
    if (at_ >= text_.size() || text_[at_] != '.') return value;
    double unit = 1;
    for (++at_; at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0; ++at_) {
      unit /= 10;
      value += unit * (text_[at_] - '0');
    }
    return value;
  }
  double symbol() {
    const std::size_t start = at_;
    while (at_ < text_.size() && std::isalpha(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    const std::string_view name = text_.substr(start, at_ - start);
    for (const FormulaSymbol& known : symbols_) {
      if (known.name == name) return known.value;
    }
    at_ = start;
    fail("a number or a known symbol");
    return 0;
  }

  std::string_view text_;
  std::span<const FormulaSymbol> symbols_;
  std::size_t at_ = 0;
  std::optional<std::string> problem_;
};

}  // namespace

Result<double> evaluate_formula(std::string_view text, std::span<const FormulaSymbol> symbols) {
  return FormulaParser(text, symbols).run();
}

}  // namespace headroom
